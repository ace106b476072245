import Logging

/// Log records for people.
enum TextLog {
    /// The time, the level, the message, and the metadata as `key=value` in the order of the keys.
    static func line(for record: LogRecord) -> String {
        var line = "\(record.timestamp) \(record.level.rawValue) "
        JSONText.appendLine(record.message, to: &line)
        for (key, value) in record.metadata.sorted(by: { $0.key < $1.key }) {
            line += " \(word(key))=\(word("\(value)"))"
        }
        return line
    }

    // What is not plainly one word is quoted, so that no value can pass for another key or for a record of its own.
    private static func word(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.unicodeScalars.allSatisfy {
                !JSONText.breaksLines($0) && !$0.properties.isWhitespace && $0 != "\"" && $0 != "=" && $0 != "\\"
            }
        return isPlain ? text : JSONText.quoted(text)
    }
}
