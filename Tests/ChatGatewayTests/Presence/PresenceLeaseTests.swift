import Synchronization
import Testing

@testable import ChatGateway

@Suite struct PresenceLeaseTests {
    private func lease() -> PresenceLease {
        let count = Counter()
        return PresenceLease { "n\(count.next())" }
    }

    private final class Counter: Sendable {
        private let value = Mutex(0)
        func next() -> Int {
            value.withLock { value in
                value += 1
                return value
            }
        }
    }

    @Test func `it is renewed in time, and earlier where something is due to be told`() {
        var lease = lease()
        #expect(lease.isDue(now: 0) && lease.isNew && lease.node == "n1")
        let first = lease.answered(PresenceAnswer(isKnown: true), now: 100)
        #expect(first == .none && !lease.isNew)
        #expect(!lease.isDue(now: 3_099) && lease.isDue(now: 3_100))
        _ = lease.answered(PresenceAnswer(isKnown: true, next: .milliseconds(700)), now: 200)
        #expect(!lease.isDue(now: 899) && lease.isDue(now: 900))
        _ = lease.answered(PresenceAnswer(isKnown: true, next: .seconds(20)), now: 200)
        #expect(lease.isDue(now: 3_200))
    }

    @Test func `a node that was taken for dead says everything under a new name`() {
        var lease = lease()
        _ = lease.answered(PresenceAnswer(isKnown: true), now: 0)
        let action = lease.answered(PresenceAnswer(isKnown: false), now: 1)
        #expect(action == .register && lease.isNew && lease.node == "n2" && lease.isDue(now: 1))
    }

    @Test func `others are taken for dead only by who was not cut off himself of late`() {
        var lease = lease()
        let answer = PresenceAnswer(isKnown: true, expired: "x")
        let early = [0, 9_999].map { lease.answered(answer, now: $0) }
        #expect(early == [.none, .none])
        let steady = lease.answered(answer, now: 10_000)
        #expect(steady == .sweep("x"))
        lease.failed()
        let later = [11_000, 20_999, 21_000].map { lease.answered(answer, now: $0) }
        #expect(later == [.none, .none, .sweep("x")])
    }

    @Test func `once an hour everything is said anew`() {
        var lease = lease()
        let moments: [UInt64] = [5, 3_600_004, 3_600_005, 3_600_006, 7_200_005]
        let refreshes = moments.map { lease.needsRefresh(now: $0) }
        #expect(refreshes == [false, false, true, false, true])
    }
}
