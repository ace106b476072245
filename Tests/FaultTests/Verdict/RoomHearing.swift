/// What one listener has heard of one room, whose messages are numbered from 1 without a hole.
///
/// It remembers what comes next and which numbers are missing, not what came.
struct RoomHearing: Hashable, Sendable {
    /// What a message may be, seen from the ones before it.
    private enum Expectation: Hashable {
        /// The first one: any up to this number.
        case upTo(Int)
        /// This number.
        case exactly(Int)
        /// After a gap: this number or a later one.
        case atLeast(Int)
        /// After a gap with `data-lost`: this number, or any other.
        case anything(Int)
    }

    private var expectation: Expectation
    /// Numbers that were passed over without a word, lowest first; each run of them is one element.
    private var holes: [ClosedRange<Int>] = []

    /// Begins with a stream that has no past.
    ///
    /// By then `begun` was the last number that anybody had begun to post.
    init(begun: Int) {
        expectation = .upTo(begun + 1)
    }

    /// A message came; says whether it was the expected one, or one that a gap excuses.
    mutating func message(_ number: Int, _ verdict: inout Verdict) -> Bool {
        switch expectation {
        case .anything(let next):
            verdict.excused += max(0, number - next)
            holes = []
        case .atLeast(let next) where number >= next:
            verdict.excused += number - next
        case .upTo(let first) where number <= first:
            break
        case .exactly(let next) where number == next:
            break
        case .upTo(let next), .exactly(let next), .atLeast(let next):
            guard number > next else {
                late(number, &verdict)
                return false
            }
            holes.append(next...(number - 1))
            verdict.lost += number - next
            expectation = .exactly(number + 1)
            verdict.delivered += 1
            return false
        }
        expectation = .exactly(number + 1)
        verdict.delivered += 1
        return true
    }

    /// The stream said that messages are missing.
    mutating func gap(_ reason: String, _ verdict: inout Verdict) {
        verdict.gaps += 1
        switch (expectation, reason) {
        case (.exactly(let next), "data-lost"), (.atLeast(let next), "data-lost"): expectation = .anything(next)
        case (.exactly(let next), _): expectation = .atLeast(next)
        case (.upTo(let next), _): expectation = .anything(next)
        case (.atLeast, _), (.anything, _): break
        }
    }

    /// Whether the room's last message, and so everything that will come, is there.
    func isComplete(last: Int) -> Bool {
        if case .exactly(let next) = expectation { return next > last }
        return false
    }

    /// Nothing more will come: what is missing now is lost.
    ///
    /// The room's last number was posted when all faults were over, so that nothing excuses its absence.
    func finish(last: Int, _ verdict: inout Verdict) {
        switch expectation {
        case .exactly(let next), .upTo(let next): verdict.lost += max(0, last + 1 - next)
        case .atLeast(let next), .anything(let next):
            verdict.excused += max(0, last - next)
            verdict.lost += 1
        }
    }

    private mutating func late(_ number: Int, _ verdict: inout Verdict) {
        guard let index = holes.firstIndex(where: { $0.contains(number) }) else {
            verdict.repeated += 1
            return
        }
        let hole = holes.remove(at: index)
        if hole.upperBound > number { holes.insert((number + 1)...hole.upperBound, at: index) }
        if hole.lowerBound < number { holes.insert(hole.lowerBound...(number - 1), at: index) }
        verdict.lost -= 1
        verdict.delivered += 1
        verdict.reordered += 1
    }
}
