import NIOCore

/// Keeps the logs of all rooms of a loop within bounds.
struct SegmentBudget {
    /// What the logs of a loop may occupy, in bytes; beyond it the oldest segments go.
    static let loopBytes = 64 * 1024 * 1024

    var byteCount = 0
    /// Every segment that was opened, oldest first; some are gone already.
    private var order: CircularBuffer<(room: LoopRoom, segment: Int)> = []
    private var compactionCount = Self.minimumCompaction
    private static let minimumCompaction = 4096

    /// Appends a frame to a room's log, and lets the loop's oldest segments go for it.
    mutating func append(_ frame: Frame, to room: LoopRoom) {
        let before = room.log.byteCount
        let opened = room.append(frame)
        byteCount += room.log.byteCount - before
        guard let opened else { return }
        order.append((room, opened))
        trim()
    }

    /// Takes a page over into a room, which may put it in front of the room's log.
    mutating func install(_ page: RoomLog, in room: LoopRoom, at tick: UInt32) {
        let before = (bytes: room.log.byteCount, number: room.log.firstNumber)
        room.install(page, at: tick)
        byteCount += room.log.byteCount - before.bytes
        guard room.log.firstNumber != before.number else { return }
        for index in room.log.segments.indices { order.append((room, room.log.firstNumber + index)) }
        trim()
    }

    private mutating func trim() {
        while byteCount > Self.loopBytes, let oldest = order.popFirst() {
            let before = oldest.room.log.byteCount
            oldest.room.drop(through: oldest.segment)
            byteCount += oldest.room.log.byteCount - before
        }
        if order.count > compactionCount {
            order = CircularBuffer(order.filter { $0.segment >= $0.room.log.firstNumber })
            compactionCount = max(Self.minimumCompaction, 2 * order.count)
        }
    }
}
