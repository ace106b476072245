import Testing

/// Whether the judge finds what it is there to find.
@Suite struct VerdictTests {
    /// Lets a listener that was there from the first message on hear this.
    private func verdict(_ numbers: [Int], last: Int? = nil, gaps: [Int: String] = [:]) -> Verdict {
        var verdict = Verdict()
        var hearing = Hearing()
        hearing.opened([0], begun: [0])
        for (index, number) in numbers.enumerated() {
            if let reason = gaps[index] { hearing.gap(reason, in: 0, &verdict) }
            let id = EventID(milliseconds: UInt64(number), sequence: 0)
            hearing.message(number, in: 0, id: id, &verdict)
        }
        hearing.finish(last: [last ?? numbers.max() ?? 0], &verdict)
        return verdict
    }

    @Test func `what came once and in order is clean`() {
        let verdict = verdict([1, 2, 3, 4])
        #expect(verdict.isClean)
        #expect(verdict.delivered == 4)
    }

    @Test(arguments: [[1, 2, 4, 5], [2, 3, 4, 5], [1, 2, 3, 4]])
    func `a loss is found at the start, in the middle and at the end`(numbers: [Int]) {
        let verdict = verdict(numbers, last: 5)
        #expect(verdict.lost == 1)
        #expect(verdict.repeated == 0)
        #expect(verdict.reordered == 0)
        #expect(!verdict.isClean)
    }

    @Test func `all that is missing is counted, each once`() {
        #expect(verdict([1, 5, 9], last: 12).lost == 3 + 3 + 3)
        #expect(verdict([], last: 12).lost == 12)
    }

    @Test(arguments: [[1, 1, 2, 3], [1, 2, 3, 1], [1, 2, 3, 3]])
    func `a repeat is found at once and later`(numbers: [Int]) {
        let verdict = verdict(numbers)
        #expect(verdict.repeated == 1)
        #expect(verdict.lost == 0)
        #expect(verdict.reordered == 0)
    }

    @Test(arguments: [[2, 1, 3, 4], [1, 3, 2, 4], [1, 2, 4, 3], [1, 3, 4, 2]])
    func `a swap is found, and is neither a loss nor a repeat`(numbers: [Int]) {
        let verdict = verdict(numbers)
        #expect(verdict.reordered == 1)
        #expect(verdict.lost == 0)
        #expect(verdict.repeated == 0)
    }

    @Test func `a swap and a repeat of the same message are told apart`() {
        let verdict = verdict([1, 5, 3, 3, 2, 4, 6])
        #expect(verdict.reordered == 3)
        #expect(verdict.repeated == 1)
        #expect(verdict.lost == 0)
    }

    @Test(arguments: ["expired", "slow", "unknown-cursor", "data-lost"])
    func `a gap excuses the loss behind it`(reason: String) {
        let verdict = verdict([1, 2, 5, 6], gaps: [2: reason])
        #expect(verdict.isClean)
        #expect(verdict.gaps == 1)
        #expect(verdict.excused == 2)
    }

    @Test func `a gap excuses no loss before it, no later one and no repeat`() {
        #expect(verdict([1, 3, 6], gaps: [2: "expired"]).lost == 1)
        #expect(verdict([1, 3, 5], gaps: [1: "expired"]).lost == 1)
        #expect(verdict([1, 2, 1, 3], gaps: [2: "expired"]).repeated == 1)
    }

    @Test func `a gap does not excuse that the last message never comes`() {
        var verdict = Verdict()
        var hearing = RoomHearing(begun: 0)
        _ = hearing.message(1, &verdict)
        hearing.gap("expired", &verdict)
        #expect(!hearing.isComplete(last: 1))
        hearing.finish(last: 4, &verdict)
        #expect(verdict.lost == 1)
        #expect(verdict.excused == 2)
    }

    @Test func `data-lost excuses that messages come again, but only from one place on and in order`() {
        let again = verdict([1, 2, 3, 2, 3, 4], gaps: [3: "data-lost"])
        #expect(again.isClean)
        #expect(again.gaps == 1)
        #expect(verdict([1, 2, 3, 2, 2, 3], gaps: [3: "data-lost"]).repeated == 1)
        #expect(verdict([1, 2, 3, 2, 4, 5], gaps: [3: "data-lost"]).lost == 1)
    }

    @Test func `who comes late has lost only what was posted while it listened`() {
        for (first, lost) in [(5, 0), (8, 0), (9, 1), (12, 4)] {
            var verdict = Verdict()
            var hearing = Hearing()
            hearing.opened([0], begun: [7])
            hearing.message(first, in: 0, id: EventID(milliseconds: 1, sequence: 0), &verdict)
            #expect(verdict.lost == lost)
        }
    }

    @Test func `the messages of all rooms come in the order of their cursors`() {
        var verdict = Verdict()
        var hearing = Hearing()
        hearing.opened([0, 1], begun: [0, 0])
        hearing.message(1, in: 0, id: EventID(milliseconds: 5, sequence: 0), &verdict)
        hearing.message(1, in: 1, id: EventID(milliseconds: 5, sequence: 1), &verdict)
        #expect(verdict.isClean)
        hearing.message(2, in: 0, id: EventID(milliseconds: 4, sequence: 7), &verdict)
        #expect(verdict.reordered == 1)
    }

    @Test func `a message of a room that nobody asked for is found`() {
        var verdict = Verdict()
        var hearing = Hearing()
        hearing.opened([0], begun: [0, 0])
        hearing.message(1, in: 1, id: EventID(milliseconds: 5, sequence: 0), &verdict)
        hearing.gap("expired", in: 1, &verdict)
        #expect(verdict.malformed == 2)
    }

    @Test func `a cursor is read, and nothing else`() {
        func id(_ text: String) -> EventID? { Array(text.utf8).withUnsafeBytes { EventID($0) } }
        #expect(id("abc123.1700000000000-7") == EventID(milliseconds: 1_700_000_000_000, sequence: 7))
        for text in ["", "abc", "abc.12", "abc.1-x", "abc.1-2-3"] { #expect(id(text) == nil) }
    }
}
