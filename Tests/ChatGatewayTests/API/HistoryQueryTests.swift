import NIOCore
import Testing

@testable import ChatGateway

@Suite struct HistoryQueryTests {
    private let timeline: Timeline

    init() throws {
        timeline = Timeline(
            epoch: try #require(Epoch("now")),
            seams: [
                Seam(epoch: try #require(Epoch("kept")), top: place(50), isKept: true),
                Seam(epoch: try #require(Epoch("lost")), top: place(30), isKept: false),
            ]
        )
    }

    private func query(_ text: String) throws -> HistoryQuery {
        try HistoryQuery(try #require(RequestTarget("/x?\(text)")).parameters())
    }

    @Test func `without a cursor the newest messages are read`() throws {
        #expect(
            try query("").range == ReadRange(after: .zero, through: .last, limit: 50, byteLimit: 1 << 20, from: .newest)
        )
        let before = try query("before=now.100-0&limit=7").range
        #expect(before.limit == 7 && before.end == .newest && before.after == .zero)
        #expect(before.through < place(100) && before.through > Position(milliseconds: 99, sequence: 1_000_000))
        #expect(try query("before=now.100-3").range.through == Position(milliseconds: 100, sequence: 2))
    }

    @Test func `behind a cursor the oldest are read`() throws {
        let range = try query("after=now.100-2&before=now.200-1").range
        #expect(range.after == Position(milliseconds: 100, sequence: 2) && range.end == .oldest)
        #expect(range.through == place(200))
    }

    @Test(arguments: ["1", "500"])
    func `a limit is taken`(text: String) throws {
        #expect(try query("limit=\(text)").range.limit == Int(text))
    }

    @Test(arguments: ["", "0", "-1", "501", "x", "1.0", "99999999999999999999"])
    func `a limit out of range is refused`(text: String) {
        #expect(throws: Problem.badRequest("“limit” must be a whole number from 1 to 500")) {
            try query("limit=\(text)")
        }
    }

    @Test(arguments: ["after=x", "before=", "after=now.1", "before=now.1-x"])
    func `what is no cursor is gone`(text: String) {
        #expect(throws: Problem.gone("This is no cursor of this gateway")) { try query(text) }
    }

    @Test func `messages carry their cursors`() throws {
        let page = Page(entries: [entry(2, 1), entry(3, 2)], hasMore: true, last: place(3), timeline: timeline)
        #expect(
            try text(query(""), page) == """
                {"messages":[{"n":2,"cursor":"now.2-0"},{"n":3,"cursor":"now.3-0"}],\
                "first":"now.2-0","last":"now.3-0","more":true}
                """
        )
    }

    @Test func `an empty list has neither first nor last`() throws {
        let page = Page(entries: [], hasMore: false, last: place(3), timeline: timeline)
        for text in ["", "after=now.3-0", "after=now.5-0", "before=now.1-0"] {
            #expect(
                try self.text(query(text), page, top: place(9)) == """
                    {"messages":[],"first":null,"last":null,"more":false}
                    """
            )
        }
    }

    @Test(
        arguments: [
            ("after=now.5-0", true), ("after=now.4-0", false), ("after=now.9-0", true), ("before=now.1-0", true),
            ("after=now.10-0", false), ("before=now.10-0", false), ("after=kept.5-0", true), ("after=kept.51-0", false),
            ("after=lost.5-0", false), ("before=lost.5-0", false), ("after=who.5-0", false), ("before=who.5-0", false),
        ]
    )
    func `a cursor that a stream would answer with a gap is gone`(text: String, isAnswered: Bool) throws {
        // What is retained begins behind 5; the broker has given positions up to 9.
        let page = Page(entries: [entry(7, 5)], hasMore: false, last: place(7), timeline: timeline)
        switch try query(text).checked(page, top: place(9)) {
        case .success: #expect(isAnswered)
        case .failure(let problem): #expect(!isAnswered && problem.status == .gone)
        }
    }

    @Test func `where nothing is left between two cursors, what is behind tells whether something was`() throws {
        let nothing = Page(entries: [], hasMore: false, last: place(40), timeline: timeline)
        let between = try query("after=now.10-0&before=now.35-0")
        #expect(between.rangeBehind == ReadRange(after: place(10), through: .last, limit: 1))
        let expired = Page(entries: [entry(40, 30)], hasMore: false, last: place(40), timeline: timeline)
        guard case .failure(let problem) = between.checked(nothing, behind: expired, top: place(40)) else {
            Issue.record("an answer that leaves out messages")
            return
        }
        #expect(problem.status == .gone)
        let empty = Page(entries: [entry(40, 9)], hasMore: false, last: place(40), timeline: timeline)
        _ = try between.checked(nothing, behind: empty, top: place(40)).get()
        #expect(try query("before=now.35-0").rangeBehind == nil)
        #expect(try query("after=now.10-0").rangeBehind == nil)
    }

    @Test func `only a cursor behind the room's last message needs the broker's top`() throws {
        #expect(try query("after=now.8-0").reachesBeyond(place(7)))
        #expect(try query("before=now.8-0").reachesBeyond(place(7)))
        #expect(try !query("after=now.7-0").reachesBeyond(place(7)))
        #expect(try !query("").reachesBeyond(.zero))
    }

    private func text(_ query: HistoryQuery, _ page: Page, top: Position = .last) throws -> String {
        String(buffer: HistoryQuery.body(try query.checked(page, top: top).get()))
    }

    private func entry(_ position: UInt64, _ previous: UInt64) -> Entry {
        Entry(
            position: place(position),
            previous: place(previous),
            body: ByteBuffer(string: "{\"n\":\(position)}")
        )
    }
}

private func place(_ milliseconds: UInt64) -> Position { Position(milliseconds: milliseconds, sequence: 0) }
