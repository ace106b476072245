import NIOCore

/// The connection that a stream's bytes leave by: a socket of its own, or a channel where something stands between.
///
/// Used on the stream's loop. It tells its stream when it takes bytes again, unless a flush has told that, and when it is
/// closed.
protocol StreamConnection: AnyObject {
    /// The connection's socket, where the stream may write to it while the connection holds nothing; nil where it may not.
    var socket: CInt? { get }
    /// The other end, which may be a proxy; nil where that is no address of the internet.
    var peer: ClientAddress? { get }
    /// What was written and the kernel has not taken, in bytes.
    var bytesHeld: Int { get }

    /// Writes behind everything that was written before.
    func write(_ bytes: ByteBuffer)

    /// Has what was written leave; returns whether the kernel has taken all of it.
    func flush() -> Bool

    /// Writes the last bytes, says that none follow, and closes the connection when the client does, or after a second.
    func end(behind bytes: ByteBuffer)
}
