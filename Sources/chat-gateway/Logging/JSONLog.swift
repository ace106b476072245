import Logging

/// Log records for programs.
enum JSONLog {
    /// An object with `time`, `level`, `message`, and `metadata` where there is some.
    static func line(for record: LogRecord) -> String {
        var line = "{\"time\":\"\(record.timestamp)\",\"level\":\"\(record.level.rawValue)\","
        line += "\"message\":\(JSONText.quoted(record.message))"
        if !record.metadata.isEmpty {
            line += ",\"metadata\":"
            append(record.metadata, to: &line)
        }
        line += "}"
        return line
    }

    private static func append(_ metadata: Logger.Metadata, to line: inout String) {
        line += "{"
        var separator = ""
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += "\(separator)\(JSONText.quoted(key)):"
            append(value, to: &line)
            separator = ","
        }
        line += "}"
    }

    private static func append(_ value: Logger.MetadataValue, to line: inout String) {
        switch value {
        case .string(let text): line += JSONText.quoted(text)
        case .stringConvertible(let value): line += JSONText.quoted("\(value)")
        case .dictionary(let members): append(members, to: &line)
        case .array(let values):
            line += "["
            var separator = ""
            for value in values {
                line += separator
                append(value, to: &line)
                separator = ","
            }
            line += "]"
        }
    }
}
