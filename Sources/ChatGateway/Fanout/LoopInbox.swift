import NIOCore
import Synchronization

/// The one ordered queue through which everything reaches a loop.
///
/// It is bounded. When it overflows, what it held is thrown away and the loop is told so: the loop then takes none of
/// its rooms for whole until it has them anew from the node, so that nothing is lost, only fetched twice.
final class LoopInbox: Sendable {
    enum Item: Sendable {
        /// The next message of a whole room.
        case frame(Room, Frame)
        /// The node's view of a room that this loop joined.
        case joined(Room, RoomSnapshot)
        /// The node's view of every room that this loop has joined, after its queue has overflowed.
        case resent([(Room, RoomSnapshot)])
        /// What was read of a room that is not whole: see ``BrokerEvent/read(_:entries:restart:)``.
        case read(Room, [Frame], restart: Position?)
        /// The room is complete up to the node's clock.
        case whole(Room)
        /// No room is whole any more; each that was is complete up to this position.
        case stalled(complete: Position)
        /// The broker's history, and how often the node has learnt of a new one.
        case timeline(Timeline, generation: Int)
        /// The answer to a read that the loop asked for; nil where the broker did not answer.
        case page(Room, Page?, ReadRange)
        /// The answer to the question for the broker's timeline and top; nil where it did not answer.
        case top((timeline: Timeline, top: Position)?)
        /// Events without an id for the listeners of a room.
        case signal(Room, ByteBuffer)
    }

    /// A loop that is this far behind gets everything anew.
    static let maximumBytes = 64 * 1024 * 1024
    static let maximumItems = 100_000
    /// Signals are dropped while so much waits: they must not be what makes the queue overflow.
    static let maximumItemsBeforeSignal = 10_000

    private struct Queue {
        var items: [Item] = []
        var byteCount = 0
        var isScheduled = false
        var hasOverflowed = false
    }

    let loop: NIOLoopBound<StreamLoop>
    private let queue = Mutex(Queue())

    init(loop: NIOLoopBound<StreamLoop>) {
        self.loop = loop
    }

    func push(_ item: Item) {
        let schedules = queue.withLock { queue in
            if case .signal = item {
                let isCrowded = queue.byteCount + item.byteCount > Self.maximumBytes / 2
                if isCrowded || queue.items.count >= Self.maximumItemsBeforeSignal { return false }
            }
            queue.byteCount += item.byteCount
            if queue.items.count >= Self.maximumItems || queue.byteCount > Self.maximumBytes {
                queue.hasOverflowed = true
                queue.items.removeAll()
                queue.byteCount = 0
            } else if !queue.hasOverflowed {
                queue.items.append(item)
            }
            defer { queue.isScheduled = true }
            return !queue.isScheduled
        }
        guard schedules else { return }
        loop.eventLoop.execute { self.loop.value.takeDelivery(self.take()) }
    }

    /// Everything that has come; nil where the queue has overflowed since the last call.
    private func take() -> [Item]? {
        queue.withLock { queue in
            defer { queue = Queue() }
            return queue.hasOverflowed ? nil : queue.items
        }
    }
}

extension LoopInbox.Item {
    fileprivate var byteCount: Int {
        switch self {
        case .frame(_, let frame): frame.bytes.readableBytes
        case .joined(_, let snapshot): snapshot.frames.byteCount
        case .read(_, let frames, _): frames.byteCount
        case .page(_, let page, _): page?.entries.reduce(0) { $0 + $1.body.readableBytes } ?? 0
        case .signal(_, let bytes): bytes.readableBytes
        // What is sent again is the node's own, and must come through whatever it amounts to.
        case .resent, .whole, .stalled, .timeline, .top: 0
        }
    }
}

extension [Frame] {
    fileprivate var byteCount: Int { reduce(0) { $0 + $1.bytes.readableBytes } }
}

/// What the node has of a room at the moment a loop joins it.
struct RoomSnapshot: Sendable {
    var frames: [Frame]
    /// Everything behind this position, up to the room's last message, is in ``frames``.
    var start: Position
    /// Whether the room is complete up to the node's clock, and not just up to ``complete``.
    var isWhole: Bool
    var complete: Position
}
