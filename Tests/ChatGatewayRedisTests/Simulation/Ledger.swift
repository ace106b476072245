import ChatGateway
import NIOCore

/// What a node's sink was told, room by room, in a form that can be judged against the truth.
struct Ledger {
    /// A stretch of a room that the sink was told to be complete.
    struct Stretch {
        /// Everything behind this position is in the stretch.
        var low: Position
        /// The messages, by position.
        var entries: [(position: Position, id: Int)] = []
        /// Where the sink was told, behind this stretch, that data was lost: up to where the stretch still holds.
        var cut: Position?
        /// Whether the sink was told that what lies between this stretch and the one before is missing or void.
        var beginsAnew: Reason

        enum Reason: Hashable {
            /// The room's first reading since it was subscribed.
            case first
            /// The timeline had said that data was lost.
            case loss
            /// Redis did not retain what came before.
            case expired
        }

        var last: Position { entries.last?.position ?? low }
    }

    private(set) var stretches: [Room: [Stretch]] = [:]
    private(set) var faults: [String] = []
    private(set) var clock = Position.zero
    private var whole: Set<Room> = []
    private var reasons: [Room: Stretch.Reason] = [:]
    private var timeline: Timeline?

    func isWhole(_ room: Room) -> Bool { whole.contains(room) }

    mutating func left(_ room: Room) {
        whole.remove(room)
        reasons[room] = .first
    }

    mutating func take(_ event: BrokerEvent) {
        switch event {
        case .message(let room, let entry):
            if !isWhole(room) { faults.append("a message of \(room), which is not whole") }
            if entry.position <= clock { faults.append("a message at \(entry.position) with the clock at \(clock)") }
            clock = entry.position
            add(entry, to: room)
        case .clock(let position):
            if position < clock { faults.append("the clock goes back from \(clock) to \(position)") }
            clock = position
        case .read(let room, let entries, let restart):
            if isWhole(room) { faults.append("a read of \(room), which is whole") }
            if let restart {
                let reason = reasons.removeValue(forKey: room) ?? (stretches[room] == nil ? .first : .expired)
                stretches[room, default: []].append(Stretch(low: restart, beginsAnew: reason))
            } else if reasons[room] != nil {
                faults.append("a read of \(room) goes on with what is void")
            }
            for entry in entries { add(entry, to: room) }
        case .whole(let room, let position):
            if position < clock { faults.append("\(room) is whole up to \(position), behind the clock") }
            clock = max(clock, position)
            guard let last = stretches[room]?.last else { return faults.append("\(room) is whole without a read") }
            if last.last > position { faults.append("\(room) is whole up to \(position), before its last message") }
            whole.insert(room)
        case .stalled:
            whole = []
        case .timeline(let new):
            if !whole.isEmpty { faults.append("a timeline under whole rooms") }
            defer { timeline = new }
            guard let old = timeline else { return }
            switch new.standing(of: Cursor(epoch: old.epoch, position: clock)) {
            case .present, .kept: return
            case .lost(let position): clock = min(clock, position)
            case .unknown: clock = .zero
            }
            for (room, known) in stretches {
                for index in known.indices {
                    stretches[room]?[index].cut = min(known[index].cut ?? .last, clock)
                }
                if reasons[room] != .first { reasons[room] = .loss }
            }
        }
    }

    private mutating func add(_ entry: Entry, to room: Room) {
        guard let known = stretches[room], let stretch = known.last, let id = Int(String(buffer: entry.body)) else {
            return faults.append("an entry of \(room) without a read")
        }
        if entry.position <= stretch.last { faults.append("\(room): \(entry.position) is not behind \(stretch.last)") }
        if entry.previous > stretch.last { faults.append("\(room): a hole behind \(stretch.last)") }
        stretches[room]?[known.count - 1].entries.append((entry.position, id))
    }

    /// Compares what was told with what Redis's history is in the end; returns whatever contradicts the promise.
    func verdict(on history: [Room: [SimulatedData.Stored]], rooms: some Sequence<Room>, mayExpire: Bool) -> [String] {
        var verdict = faults
        for room in rooms {
            let truth = (history[room] ?? []).map { ($0.entry.position, $0.id) }
            let known = stretches[room] ?? []
            for (index, stretch) in known.enumerated() {
                let isLast = index == known.count - 1
                let end = min(isLast && isWhole(room) ? clock : stretch.last, stretch.cut ?? .last)
                let told = Set(stretch.entries.map(\.id))
                for (position, id) in truth where position > stretch.low && position <= end && !told.contains(id) {
                    verdict.append("lost: \(id) at \(position) in \(room)")
                }
                let real = Set(truth.map(\.1))
                if stretch.cut == nil {
                    for entry in stretch.entries where !real.contains(entry.id) {
                        verdict.append("untold: \(entry.id) of \(room) is not in Redis any more")
                    }
                }
                if stretch.beginsAnew == .expired, !mayExpire {
                    verdict.append("\(room) begins anew at \(stretch.low) without need")
                }
            }
            var seen: [Int: Position] = [:]
            var end = Position.zero
            for stretch in known where stretch.beginsAnew != .first {
                if stretch.beginsAnew == .loss { end = .zero }
                for entry in stretch.entries {
                    if stretch.beginsAnew == .expired, seen[entry.id] != nil {
                        verdict.append("repeated: \(entry.id) in \(room)")
                    }
                    if entry.position <= end { verdict.append("reordered: \(entry.id) in \(room)") }
                    end = entry.position
                    seen[entry.id] = entry.position
                }
            }
        }
        return verdict
    }
}
