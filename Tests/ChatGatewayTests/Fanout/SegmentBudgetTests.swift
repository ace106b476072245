import NIOCore
import Testing

@testable import ChatGateway

@Suite struct SegmentBudgetTests {
    private func page(from milliseconds: UInt64) -> RoomLog {
        var page = RoomLog(start: at(milliseconds))
        for number in 1...4 as ClosedRange<UInt64> {
            let text = String(repeating: "x", count: 10_000)
            page.append(frame(milliseconds + number, after: at(milliseconds + number - 1), text: text))
        }
        return page
    }

    @Test func `pages beside logs are within the bound too, the oldest goes first`() {
        var budget = SegmentBudget(limit: 200_000)
        let rooms = (0..<20).map { LoopRoom(room: .named("\($0)")) }
        for room in rooms {
            room.restart(at: at(1_000))
            budget.install(page(from: 10), in: room, at: 0)
        }
        #expect(budget.byteCount <= 200_000)
        #expect(budget.byteCount == rooms.reduce(0) { $0 + $1.byteCount })
        #expect(rooms[0].pages.isEmpty)
        #expect(!rooms[19].pages.isEmpty)
    }

    @Test func `a page that is replaced or let go is not counted any more`() {
        var budget = SegmentBudget()
        let room = LoopRoom(room: .named("a"))
        room.restart(at: at(1_000))
        budget.install(page(from: 10), in: room, at: 0)
        let one = budget.byteCount
        budget.install(page(from: 10), in: room, at: 0)
        #expect(budget.byteCount == one)
        budget.install(page(from: 20), in: room, at: 1)
        #expect(budget.byteCount == 2 * one)
        budget.dropOldPages(of: room, at: 5)
        #expect(budget.byteCount == 2 * one)
        budget.dropOldPages(of: room, at: 6)
        #expect(budget.byteCount == one)
        budget.dropOldPages(of: room, at: 7)
        #expect(budget.byteCount == 0)
    }

    @Test func `a page in front of its log is counted once`() {
        var budget = SegmentBudget()
        let room = LoopRoom(room: .named("a"))
        room.restart(at: at(14))
        budget.install(page(from: 10), in: room, at: 0)
        #expect(room.pages.isEmpty)
        #expect(budget.byteCount == room.log.byteCount)
    }

    @Test func `streams that are behind by different amounts do not take each other's pages away`() {
        var budget = SegmentBudget()
        let room = LoopRoom(room: .named("a"))
        room.restart(at: at(1_000))
        for start in stride(from: 10, to: 100, by: 10) as StrideTo<UInt64> {
            budget.install(page(from: start), in: room, at: 0)
        }
        for start in stride(from: 10, to: 100, by: 10) as StrideTo<UInt64> {
            guard case .page(let place, let page) = room.next(after: at(start), hint: nil) else {
                Issue.record("no page from \(start) on")
                continue
            }
            #expect(room.pages[page].log.position(at: place) == at(start + 1))
        }
        // However many there are wanted.
        for start in 100..<200 as Range<UInt64> { budget.install(page(from: start), in: room, at: 0) }
        #expect(room.pages.count == LoopRoom.maximumPages)
        #expect(budget.byteCount == room.byteCount)
    }
}
