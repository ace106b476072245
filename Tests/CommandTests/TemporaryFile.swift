import Foundation

/// A file that goes away with this object.
final class TemporaryFile {
    let path: String

    convenience init(_ text: String) throws {
        try self.init(bytes: Array(text.utf8))
    }

    init(bytes: [UInt8]) throws {
        path = FileManager.default.temporaryDirectory.path + "/" + UUID().uuidString + ".json"
        try Data(bytes).write(to: URL(filePath: path))
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
