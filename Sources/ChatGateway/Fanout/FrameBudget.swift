import NIOCore

/// Keeps the frames that a node holds for loops to come within bounds: per room, and for all rooms together.
struct FrameBudget {
    /// Frames kept of one room, in bytes.
    static let roomBytes = 256 * 1024
    /// Frames kept of all rooms, in bytes.
    static let nodeBytes = 32 * 1024 * 1024

    var byteCount = 0
    /// Every frame that was kept, oldest first; some are gone already.
    private var order: CircularBuffer<(room: NodeRoom, position: Position)> = []
    private var compactionCount = Self.minimumCompaction
    private static let minimumCompaction = 4096

    /// Keeps a frame, and lets the oldest of the room or the node go for it.
    mutating func append(_ frame: Frame, to room: NodeRoom) {
        room.append(frame)
        byteCount += frame.bytes.readableBytes
        order.append((room, frame.position))
        while room.byteCount > Self.roomBytes { byteCount -= room.dropFirst() }
        while byteCount > Self.nodeBytes, let oldest = order.popFirst() {
            if let first = oldest.room.frames.first, first.position <= oldest.position {
                byteCount -= oldest.room.dropFirst()
            }
        }
        // Rooms that trim themselves leave entries behind; forgetting those now and then keeps the list as long as what
        // it lists.
        if order.count > compactionCount {
            order = CircularBuffer(
                order.filter { entry in entry.room.frames.first.map { $0.position <= entry.position } ?? false }
            )
            compactionCount = max(Self.minimumCompaction, 2 * order.count)
        }
    }
}
