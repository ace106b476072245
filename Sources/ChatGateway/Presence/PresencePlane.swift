/// What knows who is in which room on all nodes, and tells their listeners of changes, as ``Signal/presence(_:)``.
///
/// A node says what it holds, in batches, and renews one lease with each; where it has nothing to say it renews the lease
/// alone. When a lease is over any other node has what it covers taken out, which tells listeners who is gone, once.
/// Each call answers within 5 seconds.
public protocol PresencePlane: Sendable {
    /// Renews a node's lease, takes over what it holds now of some rooms, and has listeners told of what is due.
    ///
    /// Repeating it changes nothing.
    func update(_ update: PresenceUpdate) async throws(BrokerError) -> PresenceAnswer

    /// Takes out a part of what a node held whose lease is over.
    ///
    /// - Returns: Whether there is more.
    func sweep(_ node: String, limit: Int) async throws(BrokerError) -> Bool

    /// Has a node's lease end after a time, because it is going.
    func retire(_ node: String, after time: Duration) async throws(BrokerError)

    /// Who is in a room; the users only where they are not more than the limit.
    func presence(in room: Room, limit: Int) async throws(BrokerError) -> Presence
}

/// What a node says of itself.
public struct PresenceUpdate: Hashable, Sendable {
    /// What a node holds of a room.
    public struct Holding: Hashable, Sendable {
        /// The room.
        public var room: Room
        /// All of the node's streams in it.
        public var streams: Int
        /// Those users among theirs of whom this has changed, with the number of their streams, which may be 0.
        public var users: [Presence.User]

        /// Makes a holding.
        public init(room: Room, streams: Int, users: [Presence.User]) {
            self.room = room
            self.streams = streams
            self.users = users
        }
    }

    /// A name that the node has never had before it last said that it is new.
    public var node: String
    /// Whether it has said nothing under this name yet.
    public var isNew: Bool
    /// For how long what it has said is good.
    public var lease: Duration
    /// With more users in a room, just counts are told.
    public var limit: Int
    /// What it holds of rooms in which this has changed.
    public var holdings: [Holding]

    /// Makes an update.
    public init(node: String, isNew: Bool, lease: Duration, limit: Int, holdings: [Holding]) {
        self.node = node
        self.isNew = isNew
        self.lease = lease
        self.limit = limit
        self.holdings = holdings
    }
}

/// What an update is answered.
public struct PresenceAnswer: Hashable, Sendable {
    /// Whether the lease was renewed; otherwise nothing was taken over, and the node has to say everything under a new name.
    public var isKnown: Bool
    /// After which time something is due to be told, with another update; nil for nothing.
    public var next: Duration?
    /// A node whose lease is over.
    public var expired: String?

    /// Makes an answer.
    public init(isKnown: Bool, next: Duration? = nil, expired: String? = nil) {
        self.isKnown = isKnown
        self.next = next
        self.expired = expired
    }
}
