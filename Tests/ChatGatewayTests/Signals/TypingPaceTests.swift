import Testing

@testable import ChatGateway

@Suite struct TypingPaceTests {
    private let a = Room.named("a")
    private let b = Room.named("b")
    private let second = TypingPace.interval

    @Test func `a user is told of once a second in each room`() {
        var pace = TypingPace()
        let passed = [0, 1, second - 1, second, second + 1].map { pace.pass("ann", in: a, now: $0) }
        #expect(passed == [true, false, false, true, false])
        let others = [pace.pass("ann", in: b, now: second + 1), pace.pass("bo", in: a, now: second + 1)]
        #expect(others == [true, true])
        #expect(pace.isRecent("ann", in: a, now: 2 * second - 1) && !pace.isRecent("ann", in: a, now: 2 * second))
    }

    @Test func `of a room with many who type a few are told each second`() {
        var pace = TypingPace()
        let passed = (0..<30).count { pace.pass("u\($0)", in: a, now: 0) }
        #expect(passed == TypingPace.roomLimit)
        let later = [second - 1, second].map { pace.pass("u29", in: a, now: $0) }
        #expect(later == [false, true])
    }

    @Test func `a signal that did not get anywhere does not count`() {
        var pace = TypingPace()
        let first = pace.pass("ann", in: a, now: 0)
        pace.forget("ann", in: a)
        let second = pace.pass("ann", in: a, now: 1)
        #expect(first && second)
    }

    @Test func `a flood of names fills the memory once, and a second later there is space`() {
        var pace = TypingPace()
        for index in 0..<TypingPace.limit { _ = pace.pass("x", in: .named("\(index)"), now: 0) }
        let passed = [1, second].map { pace.pass("ann", in: a, now: $0) }
        #expect(passed == [false, true])
    }
}
