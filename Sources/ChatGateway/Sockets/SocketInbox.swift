#if os(Linux)
import NIOCore
import Synchronization

/// What the poller has for one loop.
///
/// It is bounded by the node's sockets: of each it has one arrival, with 16 KiB at most, and later one event at a time, as
/// the loop has it watched again only when it has taken the last.
final class SocketInbox: Sendable {
    enum Item: Sendable {
        case happened(SocketTag, events: UInt32)
        case arrived(Arrival)
        /// Nobody watches the loop's sockets any more.
        case stopped
    }

    private struct Queue {
        var items: [Item] = []
        /// Whether the loop looks again without being told.
        var isTold = false
    }

    let loop: NIOLoopBound<StreamLoop>
    /// Which of the poller's loops this is.
    let index: Int
    private let queue = Mutex(Queue())

    init(loop: NIOLoopBound<StreamLoop>, index: Int) {
        self.loop = loop
        self.index = index
    }

    /// Adds items; empties the given array.
    func push(_ new: inout [Item]) {
        guard !new.isEmpty else { return }
        let tells = queue.withLock { queue in
            queue.items += new
            defer { queue.isTold = true }
            return !queue.isTold
        }
        new.removeAll(keepingCapacity: true)
        if tells { loop.eventLoop.execute { self.loop.value.takeHappenings() } }
    }

    /// What has come; where that is nothing, the loop will be told of the next.
    fileprivate func take() -> [Item] {
        queue.withLock { queue in
            queue.isTold = !queue.items.isEmpty
            defer { queue.items = [] }
            return queue.items
        }
    }
}

extension StreamLoop {
    /// Items taken before the loop turns to everything else: a stream that opens is more work than one that gets a message.
    private static let itemCount = 128

    private func receive() { happenings = inbox?.take()[...] ?? [] }

    /// Takes some of what has come through the inbox.
    func takeHappenings() {
        assertInLoop()
        if happenings.isEmpty { receive() }
        for item in happenings.prefix(Self.itemCount) {
            switch item {
            case .happened(let tag, let events): sockets[tag]?.happened(events)
            case .arrived(let arrival): arrival.lane.take(arrival, on: self)
            case .stopped: for connection in sockets.all { connection.close() }
            }
        }
        happenings = happenings.dropFirst(Self.itemCount)
        if happenings.isEmpty { receive() }
        if !happenings.isEmpty { slices.schedule() }
    }
}
#endif
