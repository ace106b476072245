import Foundation

/// Files that the tests read in place.
enum Fixtures {
    /// The path of a file or folder among them.
    static func path(_ name: String, file: StaticString = #filePath) -> String {
        URL(filePath: "\(file)").deletingLastPathComponent().appending(path: "Fixtures/\(name)").path
    }
}
