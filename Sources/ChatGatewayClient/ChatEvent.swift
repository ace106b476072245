import Foundation

/// What a gateway tells a listener.
public enum ChatEvent: Hashable, Sendable {
    /// The stream is there; again after every reconnection.
    case ready(Ready)
    /// Somebody has said something.
    case message(ChatMessage)
    /// Messages of a room were missed, and cannot be had on this stream any more.
    case gap(Gap)
    /// Somebody is typing.
    case typing(Typing)
    /// Somebody came or went.
    case presence(Presence)
    /// The gateway ends this stream; the client comes back by itself, also where the token has `expired`: with the one
    /// that is given to it then. Where ``Bye/reconnect`` is false for another reason, this is the last event.
    case bye(Bye)

    /// The beginning of a stream.
    public struct Ready: Hashable, Sendable, Decodable {
        /// How a room's part of the stream begins.
        public struct Room: Hashable, Sendable, Decodable {
            /// Whether it goes on where the client left, without a hole.
            public var resumed: Bool
            /// Missed messages that follow at once.
            public var replayed: Int
            /// Whether more of them follow; nil for no.
            public var more: Bool?
        }

        /// The node's name.
        public var node: String
        /// The stream's id, for `X-Stream-Id`.
        public var stream: String
        /// The stream's rooms.
        public var rooms: [String: Room]
    }

    /// A hole in a room.
    public struct Gap: Hashable, Sendable, Decodable {
        /// Where.
        public var room: String
        /// Why: `expired`, `unknown-cursor`, `data-lost` or `slow`.
        public var reason: String
    }

    /// A sign of somebody who types.
    public struct Typing: Hashable, Sendable, Decodable {
        /// Where.
        public var room: String
        /// Who.
        public var user: String
    }

    /// A change of who is in a room.
    public struct Presence: Hashable, Sendable, Decodable {
        /// Where.
        public var room: String
        /// How many streams there are now.
        public var streams: Int
        /// Who came; empty in a room so large that names are not told.
        public var joined: [String]
        /// Who went; likewise.
        public var left: [String]
    }

    /// The end of a stream.
    public struct Bye: Hashable, Sendable, Decodable {
        /// Why, such as `draining` or `kicked`.
        public var reason: String
        /// Whether it makes sense to come back with the same token.
        public var reconnect: Bool
    }

    /// Reads an event; nil for one that this client does not know.
    init?(_ event: ServerSentEvent) throws(ChatClientError) {
        do {
            let data = Data(event.data.utf8)
            let decoder = JSONDecoder()
            switch event.name {
            case "ready": self = .ready(try decoder.decode(Ready.self, from: data))
            case "message": self = .message(try ChatMessage(json: data, cursor: event.lastEventID))
            case "gap": self = .gap(try decoder.decode(Gap.self, from: data))
            case "typing": self = .typing(try decoder.decode(Typing.self, from: data))
            case "presence": self = .presence(try decoder.decode(Presence.self, from: data))
            case "bye": self = .bye(try decoder.decode(Bye.self, from: data))
            default: return nil
            }
        } catch {
            throw ChatClientError(.unreadable, "The event “\(event.name)” is not one of a gateway")
        }
    }
}
