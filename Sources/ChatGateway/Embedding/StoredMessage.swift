public import NIOCore

/// A message in a room's history.
public struct StoredMessage: Hashable, Sendable {
    /// Where it stands; what to read on from.
    public var cursor: Cursor
    /// The message as listeners get it: one JSON object on one line, UTF-8.
    public var body: ByteBuffer

    /// The body as a text.
    public var json: String { String(buffer: body) }
}
