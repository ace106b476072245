#if os(Linux)
import NIOCore

/// A connection whose first bytes have come.
struct Arrival: Sendable {
    let tag: SocketTag
    /// Whether the poller knows the socket, which then waits to be watched again.
    let isRegistered: Bool
    /// What has come so far, all of it still to be read from the socket.
    let bytes: ByteBuffer
    let acceptedAt: NIODeadline
    let lane: SocketLane
}
#endif
