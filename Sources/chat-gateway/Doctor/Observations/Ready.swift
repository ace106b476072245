import Foundation

/// What the `ready` of a stream says.
struct Ready: Hashable, Sendable, Decodable {
    var node: String
    var stream: String
    var rooms: [String: RoomState]

    /// What it says of one room.
    struct RoomState: Hashable, Sendable, Decodable {
        var resumed: Bool
    }

    init(node: String, stream: String, resumed: Bool) {
        self.node = node
        self.stream = stream
        rooms = ["": RoomState(resumed: resumed)]
    }

    /// Reads the event's data; nil where it is something else.
    init?(data: String) {
        guard let ready = try? JSONDecoder().decode(Ready.self, from: Data(data.utf8)) else { return nil }
        self = ready
    }

    /// Whether the stream goes on where its listener left.
    var isResumed: Bool { !rooms.isEmpty && rooms.values.allSatisfy(\.resumed) }
}
