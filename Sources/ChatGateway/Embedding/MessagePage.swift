/// A part of a room's history.
public struct MessagePage: Hashable, Sendable {
    /// The messages, always oldest first.
    public var messages: [StoredMessage]
    /// Whether there are more: newer ones where the page was read from a cursor on, older ones otherwise.
    public var hasMore: Bool
}
