import ChatGatewayTesting
import NIOCore
import Testing

@testable import ChatGateway

@Suite struct StreamCursorTests {
    @Test func `one room is written from the cursor to the head in one slice`() throws {
        let room = try wholeRoom("a", from: 0, 10, 20, 30)
        var cursor = cursor(in: [room], at: 10)
        #expect(cursor.next() == .write(ByteBuffer(string: "<20><30>"), count: 2))
        #expect(cursor.position == at(30))
        #expect(cursor.next() == .rest)
        _ = room.append(frame(40, after: at(30)))
        #expect(cursor.next() == .write(ByteBuffer(string: "<40>"), count: 1))
    }

    @Test func `rooms are merged in the order of positions`() throws {
        let first = try wholeRoom("a", from: 0, 10, 30, 31)
        let second = try wholeRoom("b", from: 0, 20, 40)
        var cursor = cursor(in: [first, second], at: 0)
        #expect(text(&cursor) == "<10>|<20>|<30><31>|<40>")
        #expect(cursor.position == at(40))
    }

    @Test func `a listener ahead of its node gets nothing twice`() throws {
        let room = try wholeRoom("a", from: 0, 10)
        var cursor = cursor(in: [room], at: 20)
        #expect(cursor.next() == .rest)
        _ = room.append(frame(20, after: at(10)))
        #expect(cursor.next() == .rest)
        _ = room.append(frame(30, after: at(20)))
        #expect(cursor.next() == .write(ByteBuffer(string: "<30>"), count: 1))
    }

    @Test func `a room that is not whole holds the stream where it is complete`() throws {
        let whole = try wholeRoom("a", from: 0, 10, 20, 30)
        let other = try wholeRoom("b", from: 0)
        other.isWhole = false
        other.complete = at(20)
        var cursor = cursor(in: [whole, other], at: 0)
        #expect(text(&cursor) == "<10><20>")
        _ = other.append(frame(25, after: at(0)))
        #expect(cursor.next() == .rest)
        other.isWhole = true
        #expect(text(&cursor) == "<25>|<30>")
    }

    @Test func `a single room that is not whole holds the stream where it is complete`() throws {
        let room = try wholeRoom("a", from: 0, 10)
        var cursor = cursor(in: [room], at: 0)
        room.isWhole = false
        room.complete = at(15)
        _ = room.append(frame(20, after: at(10)))
        #expect(text(&cursor) == "<10>")
        room.isWhole = true
        #expect(text(&cursor) == "<20>")
    }

    @Test func `what the log does not reach back to is read first`() throws {
        let room = try wholeRoom("a", from: 20, 30)
        var cursor = cursor(in: [room], at: 5)
        #expect(cursor.next() == .wait(room, after: at(5)))
        room.install(page(after: 5, through: 20, [(10, 5), (20, 10)]), at: 0)
        #expect(text(&cursor) == "<10><20>|<30>")
    }

    @Test func `a page that does not reach the log is followed by another`() throws {
        let room = try wholeRoom("a", from: 30, 40)
        var cursor = cursor(in: [room], at: 0)
        room.install(page(after: 0, through: 10, [(5, 0), (10, 5)]), at: 0)
        #expect(cursor.next() == .write(ByteBuffer(string: "<5><10>"), count: 2))
        #expect(cursor.next() == .wait(room, after: at(10)))
        room.install(page(after: 10, through: 30, [(20, 10), (30, 20)]), at: 0)
        #expect(text(&cursor) == "<20><30>|<40>")
    }

    @Test func `a cursor of another room's message makes no hole for who is further behind`() throws {
        let room = try wholeRoom("a", from: 30, 40)
        let timeline = Timeline(epoch: .random())
        let entries = [(20, 10), (30, 20)].map { Entry(position: at($0), previous: at($1), body: ByteBuffer()) }
        let read = Page(entries: entries, hasMore: false, last: at(40), timeline: timeline)
        room.install(RoomLog(read, of: ReadRange(after: at(15), through: at(30), limit: 10)), at: 0)
        var cursor = cursor(in: [room], at: 12)
        guard case .write(_, let count) = cursor.next() else {
            Issue.record("the room's log does not reach back to its last message")
            return
        }
        #expect(count == 2)
        #expect(text(&cursor) == "<40>")
    }

    @Test func `messages that are no longer retained are a gap, told before what follows`() throws {
        let room = try wholeRoom("a", from: 20, 30)
        var cursor = cursor(in: [room], at: 5)
        room.install(page(after: 5, through: 20, [(15, 12), (20, 15)]), at: 0)
        #expect(cursor.next() == .gap(Room.named("a")))
        #expect(cursor.position == at(12))
        #expect(text(&cursor) == "<15><20>|<30>")
    }

    @Test func `a range of which nothing is retained is a gap up to the log`() throws {
        let room = try wholeRoom("a", from: 20, 30)
        var cursor = cursor(in: [room], at: 5)
        room.install(page(after: 5, through: 20, []), at: 0)
        #expect(cursor.next() == .gap(Room.named("a")))
        #expect(cursor.position == at(20))
        #expect(text(&cursor) == "<30>")
    }

    @Test func `a gap in one of several rooms leaves the cursor where it is, and is told once`() throws {
        let first = try wholeRoom("a", from: 0, 10)
        let second = try wholeRoom("b", from: 20, 30)
        var cursor = cursor(in: [first, second], at: 5)
        second.install(page(after: 5, through: 20, []), at: 0)
        #expect(cursor.next() == .gap(Room.named("b")))
        #expect(cursor.position == at(5))
        #expect(text(&cursor) == "<10>|<30>")
    }

    @Test func `a stream that fell behind the log goes on from a page`() throws {
        let room = try wholeRoom("a", from: 0, 10)
        var cursor = cursor(in: [room], at: 10)
        #expect(cursor.next() == .rest)
        let long = String(repeating: "x", count: 40_000)
        for milliseconds in 11...80 as ClosedRange<UInt64> {
            _ = room.append(frame(milliseconds, after: at(milliseconds - 1), text: long))
        }
        #expect(room.log.byteCount <= LoopRoom.maximumBytes)
        #expect(cursor.next() == .wait(room, after: at(10)))
    }

    // MARK: Random

    /// However rooms are interrupted, trimmed and read, every stream gets every message once and in order, or a gap.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func `nothing is lost, repeated or out of order`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var model = StreamCursorModel(random: &random)
        for _ in 0..<300 { model.step(&random) }
        model.settle()
        #expect(model.mistakes == [], "seed \(seed)")
    }

    // MARK: Making

    private func wholeRoom(_ name: String, from start: UInt64, _ messages: UInt64...) throws -> LoopRoom {
        let room = LoopRoom(room: Room.named(name))
        room.restart(at: at(start))
        room.isWhole = true
        for message in messages { _ = room.append(frame(message, after: room.log.end)) }
        return room
    }

    private func cursor(in rooms: [LoopRoom], at position: UInt64) -> StreamCursor {
        var cursor = StreamCursor()
        for room in rooms { cursor.join(room, index: 0) }
        cursor.start(at: at(position))
        return cursor
    }

    private func page(after: UInt64, through: UInt64, _ messages: [(UInt64, UInt64)]) -> RoomLog {
        var page = RoomLog(start: at(after))
        for (position, previous) in messages { page.append(frame(position, after: at(previous))) }
        page.extend(to: at(through))
        return page
    }

    /// Everything there is to write, slice by slice.
    private func text(_ cursor: inout StreamCursor) -> String {
        var slices: [String] = []
        while case .write(let bytes, _) = cursor.next() { slices.append(String(buffer: bytes)) }
        return slices.joined(separator: "|")
    }
}

extension StreamCursor.Step: Equatable {
    /// Compares two steps; public, as the type is for the compiler through a testable import.
    public static func == (left: StreamCursor.Step, right: StreamCursor.Step) -> Bool {
        switch (left, right) {
        case (.write(let bytes, let count), .write(let otherBytes, let otherCount)):
            bytes == otherBytes && count == otherCount
        case (.gap(let room), .gap(let other)): room == other
        case (.wait(let room, let after), .wait(let other, let otherAfter)): room === other && after == otherAfter
        case (.rest, .rest): true
        default: false
        }
    }
}

extension Room {
    /// A room whose name is known to be good.
    static func named(_ name: String) -> Room {
        guard let room = Room(name) else { preconditionFailure("\(name) is no room") }
        return room
    }
}
