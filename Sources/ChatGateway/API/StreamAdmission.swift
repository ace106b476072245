import NIOHTTP1

/// Decides whether a request may open a stream, and which.
struct StreamAdmission: Sendable {
    let defaultRoom: Room
    let maximumHistory: Int

    /// Reads a stream request; throws where it can never be answered with a stream.
    func request(
        _ endpoint: Endpoint,
        _ target: RequestTarget,
        _ headers: HTTPHeaders,
        maximumRooms: Int = StreamRequest.maximumRooms
    ) throws(Problem) -> StreamRequest {
        var rooms: [Room] = []
        var presented: String?
        var history = 0
        var user: String?
        var excludesOwn = false
        for (name, value) in try target.parameters() {
            switch name {
            case "room" where endpoint == .events:
                guard let room = Room(value) else { throw .badRoom }
                if !rooms.contains(room) { rooms.append(room) }
                guard rooms.count <= maximumRooms else { throw .tooManyRooms(maximumRooms) }
            case "last_event_id": presented = value
            case "history":
                guard !value.isEmpty, value.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else {
                    throw .badRequest("“history” must be a whole number from 0 on")
                }
                history = min(Int(value) ?? .max, maximumHistory)
            case "user":
                guard (1...64).contains(value.count), value.utf8.count <= PresenceRegister.maximumName else {
                    throw .badRequest("“user” must have 1 to 64 characters")
                }
                user = value
            case "exclude":
                guard value == "me" else { throw .badRequest("“exclude” can only be “me”") }
                excludesOwn = true
            default: break
            }
        }
        switch endpoint {
        case .roomEvents(let encoded): rooms = [try Endpoint.room(encoded)]
        case .chat: rooms = [defaultRoom]
        case .events where rooms.isEmpty: throw .badRequest("Name at least one room: /events?room=…")
        case .events, .messages, .typing, .presence, .tickets, .page: break
        }
        if let header = headers.first(name: "last-event-id") { presented = header }
        var request = StreamRequest(rooms: rooms, presented: .init(presented), history: history, user: user)
        request.excludesOwn = excludesOwn
        return request
    }
}
