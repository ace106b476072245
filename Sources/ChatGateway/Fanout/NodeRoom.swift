import NIOCore

/// A room on this node: which loops want it, and its newest frames.
final class NodeRoom {
    let room: Room
    /// Whether the broker was asked for the room.
    var isSubscribed = false
    /// Whether the broker was asked to end the subscription, and has not said that it is over.
    var isLeaving = false
    /// Indices of the loops that have joined.
    var loops: [Int] = []
    var isWhole = false
    /// While the room is not whole: up to where it is complete.
    var complete = Position.zero
    /// The newest frames, oldest first.
    private(set) var frames: CircularBuffer<Frame> = []
    /// Everything behind this position, up to ``end``, is among the frames.
    private(set) var start = Position.zero
    private(set) var end = Position.zero
    private(set) var byteCount = 0

    init(room: Room) {
        self.room = room
    }

    var snapshot: RoomSnapshot {
        RoomSnapshot(frames: Array(frames), start: start, isWhole: isWhole, complete: complete)
    }

    func append(_ frame: Frame) {
        frames.append(frame)
        byteCount += frame.bytes.readableBytes
        end = frame.position
    }

    /// Drops the oldest frame.
    ///
    /// Returns how many bytes that frees.
    func dropFirst() -> Int {
        guard let first = frames.popFirst() else { return 0 }
        start = first.position
        byteCount -= first.bytes.readableBytes
        return first.bytes.readableBytes
    }

    /// Drops everything; the room begins anew behind a position.
    ///
    /// Returns how many bytes that frees.
    func restart(at position: Position) -> Int {
        defer { byteCount = 0 }
        frames.removeAll()
        start = position
        end = position
        return byteCount
    }

    /// No loop wants the room: what there is of it goes, and its subscription is to end.
    ///
    /// Returns how many bytes that frees.
    func leave() -> Int {
        isLeaving = isSubscribed
        isWhole = false
        complete = .zero
        return restart(at: .zero)
    }
}
