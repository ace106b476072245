import NIOCore

/// A message on its way into a room's log: checked, stamped, not yet stored.
public struct Message: Sendable {
    /// The whole message as listeners get it: one line of JSON, UTF-8.
    public var body: ByteBuffer
    /// Under which name a repetition of this message is recognised for 5 minutes: the `id` that the sender gave, behind
    /// the user's name where senders are authenticated; nil where the server made the id.
    public var repetitionKey: String?
    /// Where it comes from; nil where that matters to nobody.
    public var origin: Origin?

    /// Makes a message.
    public init(body: ByteBuffer, repetitionKey: String? = nil, origin: Origin? = nil) {
        self.body = body
        self.repetitionKey = repetitionKey
        self.origin = origin
    }
}

/// A message in a room's log.
public struct Entry: Hashable, Sendable {
    /// Where the message stands.
    public var position: Position
    /// Where the message before it in its room stands; what proves that nothing is missing between the two.
    public var previous: Position
    /// Whether ``previous`` is just an upper bound, because the broker had forgotten the silent room.
    public var previousIsBound: Bool
    /// The message as listeners get it: one line of JSON, UTF-8.
    public var body: ByteBuffer
    /// Where it comes from; nil where that matters to nobody.
    public var origin: Origin?

    /// Makes an entry.
    public init(
        position: Position,
        previous: Position,
        previousIsBound: Bool = false,
        body: ByteBuffer,
        origin: Origin? = nil
    ) {
        self.position = position
        self.previous = previous
        self.previousIsBound = previousIsBound
        self.body = body
        self.origin = origin
    }
}
