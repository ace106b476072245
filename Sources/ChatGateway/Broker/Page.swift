/// What was read of a room's log.
public struct Page: Hashable, Sendable {
    /// The entries, always oldest first.
    public var entries: [Entry]
    /// Whether the range holds more, beyond the end that was read from.
    public var hasMore: Bool
    /// The position of the room's last message, whether retained or not.
    public var last: Position
    /// The history that the positions belong to.
    public var timeline: Timeline

    /// Makes a page.
    public init(entries: [Entry], hasMore: Bool, last: Position, timeline: Timeline) {
        self.entries = entries
        self.hasMore = hasMore
        self.last = last
        self.timeline = timeline
    }
}
