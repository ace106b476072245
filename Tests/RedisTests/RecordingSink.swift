import ChatGateway
import Synchronization

/// A sink that keeps what it is told of each room, and notes whatever a broker must not do.
final class RecordingSink: BrokerSink {
    struct RoomRecord {
        /// What is known of the room without a hole, oldest first.
        var entries: [Entry] = []
        /// Where the known part begins; nil before the first read.
        var low: Position?
        var isWhole = false
        /// How often the room began anew.
        var restarts = 0

        var last: Position? { entries.last?.position ?? low }
    }

    struct State {
        var rooms: [Room: RoomRecord] = [:]
        var timelines: [Timeline] = []
        var stalls = 0
        var clock = Position.zero
        var faults: [String] = []
    }

    private let state = Mutex(State())

    /// What is known now.
    var record: State { state.withLock { $0 } }

    /// Whatever was wrong.
    var faults: [String] { state.withLock { $0.faults } }

    /// The bodies that are known of a room.
    func bodies(of room: Room) -> [String] {
        state.withLock { $0.rooms[room]?.entries.map { String(buffer: $0.body) } ?? [] }
    }

    /// How many messages are known of a room.
    func count(of room: Room) -> Int {
        state.withLock { $0.rooms[room]?.entries.count ?? 0 }
    }

    /// Whether a room is whole.
    func isWhole(_ room: Room) -> Bool {
        state.withLock { $0.rooms[room]?.isWhole ?? false }
    }

    func receive(_ event: BrokerEvent) {
        state.withLock { $0.take(event) }
    }
}

extension RecordingSink.State {
    mutating func take(_ event: BrokerEvent) {
        switch event {
        case .message(let room, let entry):
            if entry.position <= clock { faults.append("a message at \(entry.position), clock \(clock)") }
            clock = max(clock, entry.position)
            if rooms[room]?.isWhole != true { faults.append("a message of \(room), which is not whole") }
            append(entry, to: room)
        case .clock(let position):
            if position <= clock { faults.append("the clock went from \(clock) to \(position)") }
            clock = position
        case .read(let room, let entries, let restart):
            if rooms[room]?.isWhole == true { faults.append("a read of \(room), which is whole") }
            if let restart {
                rooms[room, default: .init()].restarts += 1
                rooms[room, default: .init()].entries = []
                rooms[room, default: .init()].low = restart
            }
            for entry in entries { append(entry, to: room) }
        case .whole(let room, let position):
            clock = max(clock, position)
            if position < clock { faults.append("\(room) is whole at \(position), clock \(clock)") }
            if let last = rooms[room]?.last, last > position { faults.append("\(room) is ahead of the clock") }
            if rooms[room]?.low == nil { faults.append("\(room) is whole, and nobody knows where it begins") }
            rooms[room, default: .init()].isWhole = true
        case .stalled:
            stalls += 1
            for room in rooms.keys { rooms[room]?.isWhole = false }
        case .timeline(let timeline):
            if rooms.values.contains(where: \.isWhole) { faults.append("a new timeline under whole rooms") }
            if let old = timelines.last {
                switch timeline.standing(of: Cursor(epoch: old.epoch, position: clock)) {
                case .present, .kept: break
                case .lost(let position): clock = min(clock, position)
                case .unknown: clock = .zero
                }
            }
            timelines.append(timeline)
        }
    }

    private mutating func append(_ entry: Entry, to room: Room) {
        guard let last = rooms[room]?.last else { return faults.append("an entry of \(room) before its beginning") }
        if entry.position <= last { faults.append("\(room): \(entry.position) behind \(last)") }
        if entry.previous > last { faults.append("\(room): a hole between \(last) and \(entry.previous)") }
        rooms[room]?.entries.append(entry)
    }
}
