import NIOCore

/// Brings what has come to the streams of a loop: each pass has every stream of a room write from its cursor on.
///
/// While a pass is under way new messages wait in the room's log and leave together in the next one, so that load makes
/// a message cheaper. A pass is cut into slices, between which the loop turns to its sockets.
final class Passes {
    /// Streams visited in one slice.
    private static let sliceCount = 256
    /// Streams with a backlog that come first in a slice: rooms that are never done must not keep them waiting for ever.
    private static let backlogShare = 32

    private let slices: Slices
    /// Rooms with messages that their streams have not been given, in turn.
    private var rooms: CircularBuffer<LoopRoom> = []
    /// Streams that had more to write than they may at once.
    private var backlog: CircularBuffer<EventStream> = []
    /// Passes that have ended.
    private(set) var count = 0
    /// Called when every stream of a room has been visited.
    var ended: (LoopRoom) -> Void = { _ in }
    private var isRunning = false

    init(_ slices: Slices) {
        self.slices = slices
    }

    /// How many rooms and streams wait.
    var backlogCount: Int { rooms.count + backlog.count }

    /// Something has come in a room.
    func add(_ room: LoopRoom) {
        guard !room.isInPasses else { return }
        room.isInPasses = true
        room.beginPass()
        rooms.append(room)
    }

    /// Every stream of a room may go on, also those that a pass under way has visited already.
    func addAnew(_ room: LoopRoom) {
        if room.isInPasses { room.beginPass() } else { add(room) }
    }

    /// A stream has more to write, once others have had their turn.
    func add(_ stream: EventStream) {
        guard !stream.isInBacklog else { return }
        stream.isInBacklog = true
        backlog.append(stream)
        if !isRunning { slices.schedule() }
    }

    /// Runs one slice, and schedules the next where there is more to do.
    func run() {
        guard !isRunning else { return }
        isRunning = true
        defer { isRunning = false }
        let share = min(Self.backlogShare, backlog.count)
        advanceBacklog(share)
        var budget = Self.sliceCount - share
        while budget > 0, let room = rooms.first {
            while budget > 0, let stream = room.nextMember() {
                budget -= 1
                stream.advance(signals: room.signals)
            }
            guard room.passIsOver else { break }
            rooms.removeFirst()
            room.isInPasses = false
            count += 1
            ended(room)
            room.endPass()
            if room.hasNews { add(room) }
        }
        advanceBacklog(min(budget, backlog.count))
        if !rooms.isEmpty || !backlog.isEmpty { slices.schedule() }
    }

    private func advanceBacklog(_ count: Int) {
        for _ in 0..<count {
            let stream = backlog.removeFirst()
            stream.isInBacklog = false
            stream.advance()
        }
    }
}
