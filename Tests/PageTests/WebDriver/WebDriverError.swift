/// A browser or its driver did not do what it was told.
struct WebDriverError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
