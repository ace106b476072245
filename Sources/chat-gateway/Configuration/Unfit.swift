/// A value, or a file, that cannot be used.
struct Unfit: Error {
    /// Why, to stand behind the name of its source.
    var reason: String
}
