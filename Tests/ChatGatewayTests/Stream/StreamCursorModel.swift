import ChatGatewayTesting
import NIOCore

@testable import ChatGateway

/// A stream in several rooms whose messages are posted, held back, trimmed and forgotten at random.
///
/// The broker's side is a plain list per room; the verdict compares what the stream wrote with that list.
struct StreamCursorModel {
    private struct Source {
        /// Every message that was ever posted.
        var all: [UInt64] = []
        /// How many of them the broker has forgotten.
        var forgotten = 0
        /// How many of them have reached the loop.
        var arrived = 0
        /// What the stream has written, and where it was told of gaps.
        var told: [Told] = []
    }

    private enum Told {
        case message(UInt64)
        case gap
    }

    private(set) var mistakes: [String] = []
    private var sources: [Source]
    private let rooms: [LoopRoom]
    private var cursor = StreamCursor()
    private var clock: UInt64 = 0
    /// Messages on their way to the loop, in order.
    private var queue: [(room: Int, position: UInt64)] = []
    private var last: UInt64 = 0

    init(random: inout SeededGenerator) {
        let count = Int.random(in: 1...4, using: &random)
        sources = Array(repeating: Source(), count: count)
        rooms = (0..<count).map { LoopRoom(room: Room.named("room\($0)")) }
        for room in rooms {
            room.restart(at: .zero)
            room.isWhole = true
            cursor.join(room, index: 0)
        }
        cursor.start(at: .zero)
    }

    mutating func step(_ random: inout SeededGenerator) {
        let room = Int.random(in: rooms.indices, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<40: post(to: room)
        case 40..<65: arrive()
        case 65..<68: rooms[room].seal()
        case 68..<72: if let first = rooms[room].log.segments.first, !first.marks.isEmpty { trim(room) }
        case 72..<74: forget(room, &random)
        case 74..<77: stall()
        case 77..<82: repair()
        default: write(limit: Int.random(in: 1...3, using: &random))
        }
    }

    /// Brings everything home, then looks at what is missing.
    mutating func settle() {
        repair()
        while !queue.isEmpty { arrive() }
        write(limit: .max)
        for (index, source) in sources.enumerated() { judge(source, index) }
    }

    private mutating func post(to room: Int) {
        clock += 1
        sources[room].all.append(clock)
        queue.append((room, clock))
    }

    private mutating func arrive() {
        guard rooms.allSatisfy(\.isWhole), !queue.isEmpty else { return }
        let (room, position) = queue.removeFirst()
        _ = rooms[room].append(frame(position, after: rooms[room].log.end))
        sources[room].arrived += 1
    }

    private mutating func trim(_ room: Int) {
        rooms[room].drop(through: rooms[room].log.firstNumber)
    }

    private mutating func forget(_ room: Int, _ random: inout SeededGenerator) {
        let source = sources[room]
        guard source.arrived > source.forgotten else { return }
        sources[room].forgotten = Int.random(in: source.forgotten...source.arrived, using: &random)
    }

    private mutating func stall() {
        guard rooms.allSatisfy(\.isWhole) else { return }
        let complete = rooms.map(\.log.end).max() ?? .zero
        for room in rooms {
            room.isWhole = false
            room.complete = complete
        }
    }

    private mutating func repair() {
        guard rooms.contains(where: { !$0.isWhole }) else { return }
        // What was under way is read instead; a room may find that the broker has forgotten some of it.
        queue.removeAll()
        for (index, room) in rooms.enumerated() {
            let source = sources[index]
            let retained = source.all[source.forgotten...].filter { at($0) > room.log.end }
            let before = source.forgotten > 0 ? at(source.all[source.forgotten - 1]) : .zero
            if before > room.log.end { room.restart(at: before) }
            for position in retained { _ = room.append(frame(position, after: room.log.end)) }
            sources[index].arrived = source.all.count
            room.isWhole = true
        }
    }

    private mutating func write(limit: Int) {
        var steps = 0
        while steps < limit {
            steps += 1
            switch cursor.next() {
            case .write(let bytes, let count):
                let positions = String(buffer: bytes).split(whereSeparator: { "<>".contains($0) })
                    .compactMap { UInt64($0) }
                if positions.count != count { mistakes.append("count \(count) of \(positions)") }
                for position in positions { written(position) }
            case .gap(let name):
                if let index = rooms.firstIndex(where: { $0.room == name }) { sources[index].told.append(.gap) }
            case .wait(let room, let after): read(room, after: after)
            case .rest, .leaveOut: return
            }
        }
    }

    private mutating func written(_ position: UInt64) {
        if position <= last { mistakes.append("\(position) behind \(last)") }
        last = max(last, position)
        guard let index = sources.firstIndex(where: { $0.all.contains(position) }) else {
            return mistakes.append("\(position) was never posted")
        }
        sources[index].told.append(.message(position))
    }

    /// A page of at most three messages.
    private mutating func read(_ room: LoopRoom, after: Position) {
        guard let index = rooms.firstIndex(where: { $0 === room }) else { return }
        let through = room.log.start
        let source = sources[index]
        let found = source.all[source.forgotten...].filter { at($0) > after && at($0) <= through }
        var page = RoomLog(start: after)
        for position in found.prefix(3) {
            let before = source.all.last { $0 < position }.map { at($0) } ?? .zero
            page.append(frame(position, after: before))
        }
        if found.count <= 3 { page.extend(to: through) }
        room.install(page, at: 0)
    }

    private mutating func judge(_ source: Source, _ index: Int) {
        var expected = source.all[...]
        var mayMiss = false
        for told in source.told {
            guard case .message(let position) = told else {
                mayMiss = true
                continue
            }
            while let next = expected.first, next < position {
                expected.removeFirst()
                if !mayMiss { mistakes.append("room \(index): \(next) lost before \(position)") }
            }
            if expected.popFirst() != position { mistakes.append("room \(index): \(position) not expected") }
            mayMiss = false
        }
        if !expected.isEmpty, !mayMiss { mistakes.append("room \(index): \(expected) lost at the end") }
    }
}
