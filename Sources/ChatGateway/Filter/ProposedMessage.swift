public import NIOCore

/// A message that somebody wants to post, as a ``MessageFilter`` sees it.
public struct ProposedMessage: Sendable {
    /// Where it would be said.
    public var room: Room
    /// Who says it, where senders are authenticated and this one is.
    public var identity: Identity?
    /// The `id` that the sender gave it; nil where the gateway will make one.
    public var id: String?
    /// What was posted: one JSON object, UTF-8, as the sender wrote it.
    ///
    /// Its members `id`, `room`, `time`, and `user` of somebody who is authenticated, do not count.
    public var body: ByteBuffer

    /// The body as a text.
    public var json: String { String(buffer: body) }
}
