import NIOCore

/// An operator who looks at the cluster: the reports on their way to him.
final class ClusterWatcher: Sendable {
    /// What his connection sends.
    let events: AsyncStream<ByteBuffer>
    private let add: AsyncStream<ByteBuffer>.Continuation
    private let channel: any Channel

    init(on channel: any Channel) {
        self.channel = channel
        (events, add) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(ClusterDesk.waitingLimit))
    }

    /// Has an event sent; closes the connection of an operator who does not take them, and returns false.
    func take(_ event: ByteBuffer) -> Bool {
        switch add.yield(event) {
        case .enqueued: return true
        case .dropped, .terminated: break
        @unknown default: break
        }
        close()
        return false
    }

    /// Ends the stream: in good order, unless something waits that the connection may never take.
    func end() {
        guard case .enqueued(let room) = add.yield(ByteBuffer(string: ":\n\n")), room >= ClusterDesk.waitingLimit - 1
        else { return close() }
        add.finish()
    }

    private func close() {
        add.finish()
        channel.close(promise: nil)
    }
}
