/// Who is in a room.
public struct Presence: Hashable, Sendable {
    /// Somebody who holds streams in the room.
    public struct User: Hashable, Sendable {
        /// The name.
        public var name: String
        /// How many streams.
        public var streams: Int

        /// Makes a user.
        public init(name: String, streams: Int) {
            self.name = name
            self.streams = streams
        }
    }

    /// All streams, those of nobody known among them.
    public var streams: Int
    /// By name, but in no order where a ``PresencePlane`` gives them; nil where they are too many to be listed.
    public var users: [User]?

    /// Makes a presence.
    public init(streams: Int, users: [User]?) {
        self.streams = streams
        self.users = users
    }
}
