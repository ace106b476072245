/// The names of a message's outer members that mean something to the gateway.
enum JSONMemberName: CaseIterable {
    /// The message's name.
    case id
    /// Where it was said.
    case room
    /// When it was stored.
    case time
    /// Who said it.
    case user
    /// Where it stands, in answers that list messages.
    case cursor
    /// A stream's id, in orders of operators.
    case stream
    /// How long a user may not come back, in orders of operators.
    case bar
    /// What to publish, in orders of operators.
    case message

    /// The name that some bytes, already unescaped, spell.
    init?(_ bytes: Span<UInt8>) {
        guard (2...7).contains(bytes.count), let name = Self.allCases.first(where: { bytes.spells($0.text) }) else {
            return nil
        }
        self = name
    }

    private var text: StaticString {
        switch self {
        case .id: "id"
        case .room: "room"
        case .time: "time"
        case .user: "user"
        case .cursor: "cursor"
        case .stream: "stream"
        case .bar: "bar"
        case .message: "message"
        }
    }
}

extension Span<UInt8> {
    fileprivate func spells(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where self[index] != text.utf8Start[index] { return false }
        return true
    }
}
