import Testing

@testable import ChatGateway

@Suite struct PresenceBoardTests {
    private let a = Room.named("a")

    private func holding(_ streams: Int, _ users: (String, Int)...) -> PresenceUpdate.Holding {
        .init(room: a, streams: streams, users: users.map { .init(name: $0.0, streams: $0.1) })
    }

    private func told(_ board: inout PresenceBoard, limit: Int = 200, now: UInt64) -> [PresenceChange] {
        board.tell(limit: limit, now: now).changes.map(\.1)
    }

    @Test func `the first change is told at once, what follows a second later together`() {
        var board = PresenceBoard()
        board.apply(holding(1, ("ann", 1)), now: 0)
        #expect(told(&board, now: 0) == [PresenceChange(streams: 1, joined: ["ann"], left: [])])
        board.apply(holding(3, ("bo", 1), ("cy", 1)), now: 100)
        board.apply(holding(2, ("ann", 0)), now: 200)
        let early = board.tell(limit: 200, now: 200)
        #expect(early.changes.isEmpty && early.next == 800)
        #expect(told(&board, now: 1_000) == [PresenceChange(streams: 2, joined: ["bo", "cy"], left: ["ann"])])
        let late = board.tell(limit: 200, now: 9_000)
        #expect(late.changes.isEmpty && late.next == nil)
    }

    @Test func `a second stream joins nobody, and one of two that ends leaves nobody`() {
        var board = PresenceBoard()
        board.apply(holding(1, ("ann", 1)), now: 0)
        _ = told(&board, now: 0)
        board.apply(holding(2, ("ann", 2)), now: 1)
        #expect(told(&board, now: 1_000) == [PresenceChange(streams: 2, joined: [], left: [])])
        board.apply(holding(1, ("ann", 1)), now: 1_001)
        #expect(told(&board, now: 2_000) == [PresenceChange(streams: 1, joined: [], left: [])])
    }

    @Test func `who came and went between two tellings is not told of`() {
        var board = PresenceBoard()
        board.apply(holding(1, ("ann", 1)), now: 0)
        _ = told(&board, now: 0)
        board.apply(holding(2, ("bo", 1)), now: 1)
        board.apply(holding(1, ("bo", 0)), now: 2)
        #expect(told(&board, now: 5_000) == [])
        board.apply(holding(0, ("ann", 0)), now: 5_001)
        board.apply(holding(1, ("ann", 1)), now: 5_002)
        #expect(told(&board, now: 9_000) == [])
    }

    @Test func `of too many users no names are told`() {
        var board = PresenceBoard()
        board.apply(holding(3, ("ann", 1), ("bo", 1), ("cy", 1)), now: 0)
        #expect(told(&board, limit: 2, now: 0) == [PresenceChange(streams: 3, joined: [], left: [])])
    }

    @Test func `the more streams a room has, the rarer they are told`() {
        #expect(
            [0, 999, 1_001, 5_000, 1_000_000].map { PresencePacing.interval(streams: $0) }
                == [1_000, 1_000, 1_001, 5_000, 10_000]
        )
    }

    @Test func `a crowd that comes at once is told of once, when it is there`() {
        var board = PresenceBoard()
        for (index, streams) in [400, 6_000, 11_000, 18_000].enumerated() {
            board.apply(holding(streams), now: 1_000 + UInt64(index) * 1_000)
            if index > 0 { #expect(told(&board, now: 1_000 + UInt64(index) * 1_000).isEmpty) }
        }
        #expect(told(&board, now: 9_999).isEmpty)
        #expect(told(&board, now: 10_000) == [PresenceChange(streams: 18_000, joined: [], left: [])])
    }
}
