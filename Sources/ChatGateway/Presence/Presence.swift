/// Who is in a room, on all nodes together.
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
    /// By name; empty where they are too many to be listed.
    public var users: [User]

    /// Makes a presence.
    public init(streams: Int, users: [User]) {
        self.streams = streams
        self.users = users
    }
}

/// What has changed in a room since its listeners were told last.
public struct PresenceChange: Hashable, Sendable {
    /// All streams now.
    public var streams: Int
    /// Users who have come, by name; empty where the room's users are too many to be listed.
    public var joined: [String]
    /// Users who have gone, likewise.
    public var left: [String]

    /// Makes a change.
    public init(streams: Int, joined: [String], left: [String]) {
        self.streams = streams
        self.joined = joined
        self.left = left
    }
}
