/// Everything that is wrong with the settings: one line each.
struct Mistakes: Error, CustomStringConvertible {
    /// At least one.
    var all: [Mistake]

    var description: String { all.map(\.description).joined(separator: "\n") }
}
