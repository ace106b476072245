public import Foundation

/// A message, as listeners get it.
public struct ChatMessage: Hashable, Sendable {
    /// The message's own id.
    public var id: String
    /// Where it was said.
    public var room: String
    /// When, by the clock of the node that took it in: RFC 3339, UTC, milliseconds.
    public var time: String
    /// Who said it, where the message says so in a string; proven only where the gateway wants tokens.
    public var user: String?
    /// Where it stands in the history; what to go on from.
    public var cursor: String
    /// The whole message: one JSON object.
    public var json: Data

    /// Reads the message's members.
    public func decode<Content: Decodable>(_ type: Content.Type = Content.self) throws -> Content {
        try JSONDecoder().decode(type, from: json)
    }

    init(json: Data, cursor: String? = nil) throws {
        let head = try JSONDecoder().decode(Head.self, from: json)
        (id, room, time, user) = (head.id, head.room, head.time, head.user)
        self.cursor = cursor ?? head.cursor ?? ""
        self.json = json
    }

    private struct Head: Decodable {
        var id: String
        var room: String
        var time: String
        var user: String?
        var cursor: String?

        private enum Key: String, CodingKey {
            case id, room, time, user, cursor
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Key.self)
            id = try members.decode(String.self, forKey: .id)
            room = try members.decode(String.self, forKey: .room)
            time = try members.decode(String.self, forKey: .time)
            // Without tokens both are the sender's own, of whatever type he likes.
            user = try? members.decode(String.self, forKey: .user)
            cursor = try? members.decode(String.self, forKey: .cursor)
        }
    }
}
