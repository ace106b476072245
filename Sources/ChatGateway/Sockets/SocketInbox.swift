#if os(Linux)
import NIOCore
import Synchronization

/// What the poller has for one loop.
///
/// It is bounded by the loop's sockets: each of them is reported once, until the loop has it watched again.
final class SocketInbox: Sendable {
    enum Item: Sendable {
        case happened(SocketTag, events: UInt32)
        case arrived(Arrival)
        /// Nobody watches the loop's sockets any more.
        case stopped
    }

    let loop: NIOLoopBound<StreamLoop>
    /// Which of the poller's loops this is.
    let index: Int
    private let items = Mutex<[Item]>([])

    init(loop: NIOLoopBound<StreamLoop>, index: Int) {
        self.loop = loop
        self.index = index
    }

    /// Adds items; empties the given array.
    func push(_ new: inout [Item]) {
        guard !new.isEmpty else { return }
        let wasEmpty = items.withLock { items in
            defer { items += new }
            return items.isEmpty
        }
        new.removeAll(keepingCapacity: true)
        guard wasEmpty else { return }
        loop.eventLoop.execute {
            let items = self.items.withLock { items in
                defer { items = [] }
                return items
            }
            self.loop.value.happened(items[...])
        }
    }
}

extension StreamLoop {
    /// Items taken before the loop turns to everything else: a stream that opens is more work than one that gets a message.
    private static let itemCount = 128
    /// A task that is due at once would run before the loop looks at its sockets again.
    private static let pause = TimeAmount.microseconds(5)

    fileprivate func happened(_ items: ArraySlice<SocketInbox.Item>) {
        assertInLoop()
        for item in items.prefix(Self.itemCount) {
            switch item {
            case .happened(let tag, let events): sockets[tag]?.happened(events)
            case .arrived(let arrival): arrival.lane.take(arrival, on: self)
            case .stopped: for connection in sockets.all { connection.close() }
            }
        }
        let rest = items.dropFirst(Self.itemCount)
        guard !rest.isEmpty else { return }
        eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { self.happened(rest) }
    }
}
#endif
