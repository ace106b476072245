/// What somebody may do, room by room.
public struct Permission: Hashable, Sendable {
    /// One of the things that can be allowed.
    public enum Right: Hashable, Sendable {
        /// To listen, and to list messages.
        case read
        /// To post.
        case write
    }

    /// Rooms that may be read.
    ///
    /// Default: none.
    public var read: [RoomPattern]
    /// Rooms that may be written.
    ///
    /// Default: none.
    public var write: [RoomPattern]

    /// Makes a permission.
    public init(read: [RoomPattern] = [], write: [RoomPattern] = []) {
        self.read = read
        self.write = write
    }

    /// To read and write everywhere.
    public static let everything = Permission(read: [.every], write: [.every])

    /// Whether a right is given in a room, to a user or to somebody without a name.
    public func allows(_ right: Right, in room: Room, user: String?) -> Bool {
        (right == .read ? read : write).contains { $0.matches(room, user: user) }
    }
}
