/// How a log record is written.
enum LogFormat: String, CaseIterable, Sendable {
    /// For people: a line with the time, the level, the message and `key=value`.
    case text
    /// For programs: a JSON object on one line.
    case json

    /// Writes a record on one line, whatever its message and values are.
    func line(for record: LogRecord) -> String {
        switch self {
        case .text: TextLog.line(for: record)
        case .json: JSONLog.line(for: record)
        }
    }
}
