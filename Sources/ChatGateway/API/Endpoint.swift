/// A resource of the public listener, found by its path.
enum Endpoint: Hashable, Sendable {
    /// `/rooms/{room}/events`, with the room's name still percent-encoded.
    case roomEvents(Substring)
    /// `/events?room=…`.
    case events
    /// `/chat`: the default room's events and messages.
    case chat
    /// `/rooms/{room}/messages`, with the room's name still percent-encoded.
    case messages(Substring)
    /// `/rooms/{room}/typing`, with the room's name still percent-encoded.
    case typing(Substring)
    /// `/rooms/{room}/presence`, with the room's name still percent-encoded.
    case presence(Substring)
    /// `/tickets`.
    case tickets
    /// A file of the chat page.
    case page

    /// Finds what a target names; nil for what this gateway does not have.
    init?(_ target: RequestTarget) {
        let segments = target.segments
        switch (segments.count, segments[0]) {
        case (1, "events"): self = .events
        case (1, "chat"): self = .chat
        case (1, "tickets"): self = .tickets
        case (1, _) where ChatPage.assets.contains { $0.path.dropFirst() == segments[0] }: self = .page
        case (3, "rooms") where segments[2] == "events": self = .roomEvents(segments[1])
        case (3, "rooms") where segments[2] == "messages": self = .messages(segments[1])
        case (3, "rooms") where segments[2] == "presence": self = .presence(segments[1])
        case (3, "rooms") where segments[2] == "typing": self = .typing(segments[1])
        default: return nil
        }
    }

    /// Whether `GET` opens a stream.
    var isStream: Bool {
        switch self {
        case .roomEvents, .events, .chat: true
        case .messages, .typing, .presence, .tickets, .page: false
        }
    }

    /// The methods it answers, as `Allow` lists them.
    var methods: String {
        switch self {
        case .roomEvents, .events, .presence, .page: "GET, HEAD, OPTIONS"
        case .chat, .messages: "GET, HEAD, POST, OPTIONS"
        case .typing, .tickets: "POST, OPTIONS"
        }
    }

    /// Takes a room's name out of a path.
    static func room(_ encoded: Substring) throws(Problem) -> Room {
        let name = try RequestTarget.decoded(encoded)
        guard let room = Room(name) else { throw .badRoom }
        return room
    }
}
