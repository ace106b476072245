/// A part of the gateway that takes bytes from strangers.
enum FuzzTarget: String, CaseIterable {
    /// Request targets, their queries and the room names in them.
    case requestTarget = "request-target"
    /// Message bodies.
    case json
    /// Cursors and positions.
    case cursor
    /// What is written to streams, and how the load tester reads it.
    case events
    /// What Redis answers.
    case redis

    /// Checks everything that has to hold for one input; ends the process where something does not.
    func run(_ bytes: [UInt8]) {
        switch self {
        case .requestTarget: RequestTargetFuzz.run(bytes)
        case .json: JSONFuzz.run(bytes)
        case .cursor: CursorFuzz.run(bytes)
        case .events: EventsFuzz.run(bytes)
        case .redis: RedisFuzz.run(bytes)
        }
    }
}
