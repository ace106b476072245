#if os(Linux)
/// A listening socket, and who takes in what comes there.
struct Door: Sendable {
    /// Of the poller's own, so that it closes it and nobody else does meanwhile.
    let descriptor: CInt
    let lane: SocketLane
    /// The loops that connections are given to, in turn; not empty.
    let inboxes: [SocketInbox]
}
#endif
