import NIOCore

/// Keeps the logs of all rooms of a loop within bounds.
struct SegmentBudget {
    /// What the logs of a loop may occupy, in bytes; beyond it the oldest segments go.
    static let loopBytes = 64 * 1024 * 1024

    /// What all logs occupy, and the pages beside them.
    var byteCount = 0
    /// Everything that was opened, oldest first; some of it is gone already.
    private var order: CircularBuffer<Holding> = []
    private var compactionCount = Self.minimumCompaction
    private static let minimumCompaction = 4096
    private let limit: Int

    /// Bytes that can be freed.
    private enum Holding {
        case segment(LoopRoom, number: Int)
        case page(LoopRoom, number: Int)

        var isHeld: Bool {
            switch self {
            case .segment(let room, let number): number >= room.log.firstNumber
            case .page(let room, let number): room.pages.contains { $0.number == number }
            }
        }
    }

    init(limit: Int = Self.loopBytes) {
        self.limit = limit
    }

    /// Appends a frame to a room's log, and lets the loop's oldest segments go for it.
    mutating func append(_ frame: Frame, to room: LoopRoom) {
        let before = room.log.byteCount
        let opened = room.append(frame)
        byteCount += room.log.byteCount - before
        guard let opened else { return }
        order.append(.segment(room, number: opened))
        trim()
    }

    /// Takes a page over into a room, which may put it in front of the room's log.
    mutating func install(_ page: RoomLog, in room: LoopRoom, at tick: UInt32) {
        let before = (bytes: room.byteCount, number: room.log.firstNumber)
        room.install(page, at: tick)
        byteCount += room.byteCount - before.bytes
        if room.log.firstNumber != before.number {
            for index in room.log.segments.indices {
                order.append(.segment(room, number: room.log.firstNumber + index))
            }
        } else {
            order.append(.page(room, number: room.pageCount))
        }
        trim()
    }

    /// Lets a room's pages go that have been there for a while.
    mutating func dropOldPages(of room: LoopRoom, at tick: UInt32) {
        guard !room.pages.isEmpty else { return }
        drop(from: room) { room.isOld($0, at: tick) }
    }

    private mutating func drop(from room: LoopRoom, where isDropped: (LoopRoom.Page) -> Bool) {
        let before = room.byteCount
        room.dropPages(where: isDropped)
        byteCount += room.byteCount - before
    }

    private mutating func trim() {
        while byteCount > limit, let oldest = order.popFirst() {
            guard oldest.isHeld else { continue }
            switch oldest {
            case .segment(let room, let number):
                let before = room.log.byteCount
                room.drop(through: number)
                byteCount += room.log.byteCount - before
            case .page(let room, let number):
                drop(from: room) { $0.number == number }
            }
        }
        if order.count > compactionCount {
            order = CircularBuffer(order.filter(\.isHeld))
            compactionCount = max(Self.minimumCompaction, 2 * order.count)
        }
    }
}
