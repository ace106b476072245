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

    /// A name that no node had before.
    public var node: String
    /// The number of this update; each has a higher one than the node's updates before.
    public var serial: Int64
    /// Whether it has said nothing under this name yet.
    public var isNew: Bool
    /// Whether it holds nothing besides these holdings, so that it need not be remembered.
    public var isLast: Bool
    /// The history of the account to which it has said the rest; meaningless where it is new.
    public var epoch: String
    /// Its former name, under which it still counts for what it has not said since.
    public var replaced: String?
    /// With more users in a room, just counts are told.
    public var limit: Int
    /// What it holds of rooms in which this has changed.
    public var holdings: [Holding]

    /// Makes an update.
    public init(
        node: String,
        serial: Int64,
        isNew: Bool,
        isLast: Bool = false,
        epoch: String = "",
        replaced: String? = nil,
        limit: Int,
        holdings: [Holding]
    ) {
        self.node = node
        self.serial = serial
        self.isNew = isNew
        self.isLast = isLast
        self.epoch = epoch
        self.replaced = replaced
        self.limit = limit
        self.holdings = holdings
    }
}
