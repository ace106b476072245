/// Which part of a room's log to read: the entries in (`after`, `through`].
public struct ReadRange: Hashable, Sendable {
    /// Which end of the range counts when there is more than the limits allow.
    public enum End: Sendable {
        /// The oldest entries of the range.
        case oldest
        /// The newest entries of the range.
        case newest
    }

    /// Entries behind this position only.
    public var after: Position
    /// Entries up to and with this position only.
    public var through: Position
    /// At most so many entries.
    public var limit: Int
    /// At most so many bytes of bodies; a single larger entry is still returned.
    public var byteLimit: Int
    /// Which end of the range to take.
    public var end: End

    /// Makes a range.
    public init(after: Position, through: Position, limit: Int, byteLimit: Int = 256 * 1024, from end: End = .oldest) {
        self.after = after
        self.through = through
        self.limit = limit
        self.byteLimit = byteLimit
        self.end = end
    }
}
