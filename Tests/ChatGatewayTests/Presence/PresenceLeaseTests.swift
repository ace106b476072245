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

    private func answer(_ nodes: (String, Int64)..., epoch: String = "e", next: Duration? = nil) -> PresenceAnswer {
        PresenceAnswer(
            isKnown: true,
            epoch: epoch,
            next: next,
            nodes: nodes.map { .init(name: $0.0, renewal: $0.1) }
        )
    }

    /// Says something and has it answered.
    private func say(
        _ lease: inout PresenceLease,
        _ answer: PresenceAnswer,
        isLast: Bool = false,
        hasSaidAll: Bool = true,
        now: UInt64
    ) -> PresenceLease.Action {
        let update = lease.update([], isLast: isLast, limit: 200)
        return lease.answered(answer, to: update, hasSaidAll: hasSaidAll, now: now)
    }

    @Test func `it is renewed in time, and earlier where something is due to be told`() {
        var lease = lease()
        #expect(lease.isDue(now: 0) && lease.maySay(now: 0) && lease.isNew && lease.node == "n1")
        #expect(say(&lease, answer(("n1", 1)), now: 100) == .none)
        #expect(!lease.isNew && !lease.isDue(now: 3_099) && lease.isDue(now: 3_100))
        #expect(!lease.maySay(now: 1_099) && lease.maySay(now: 1_100))
        _ = say(&lease, answer(next: .milliseconds(700)), now: 200)
        #expect(!lease.isDue(now: 899) && lease.isDue(now: 900))
        _ = say(&lease, answer(next: .seconds(20)), now: 200)
        #expect(lease.isDue(now: 3_200))
        lease.failed(now: 300)
        #expect(!lease.isDue(now: 1_299) && lease.isDue(now: 1_300) && !lease.maySay(now: 1_299))
    }

    @Test func `each update has a higher number, and the history that was answered last`() {
        var lease = lease()
        let first = lease.update([], isLast: false, limit: 9)
        #expect(first.serial == 1 && first.isNew && first.epoch == "")
        _ = lease.answered(answer(epoch: "e"), to: first, hasSaidAll: true, now: 0)
        let second = lease.update([], isLast: false, limit: 9)
        #expect(second.serial == 2 && !second.isNew && second.epoch == "e" && second.node == "n1")
    }

    @Test func `a node that is not known any more says everything under a new name, and gives the old one up then`() {
        var lease = lease()
        _ = say(&lease, answer(("n1", 1)), now: 0)
        #expect(say(&lease, PresenceAnswer(isKnown: false), now: 1) == .register)
        #expect(lease.isNew && lease.node == "n2" && lease.names == ["n2", "n1"] && lease.isDue(now: 1))
        let update = lease.update([], isLast: false, limit: 9)
        #expect(update.isNew && update.replaced == "n1" && update.serial == 3)
        #expect(say(&lease, answer(("n1", 1), ("n2", 3)), hasSaidAll: false, now: 2) == .none)
        #expect(say(&lease, answer(("n1", 1), ("n2", 4)), now: 3) == .sweep("n1", at: 1))
        #expect(lease.isDue(now: 3))
        #expect(say(&lease, answer(("n1", 0), ("n2", 5)), now: 4) == .sweep("n1", at: 0))
        #expect(say(&lease, answer(("n2", 6)), now: 5) == .none)
        #expect(lease.names == ["n2"])
    }

    @Test func `a node that holds nothing is not remembered, and comes back under another name`() {
        var lease = lease()
        #expect(say(&lease, answer(), isLast: true, now: 0) == .none)
        #expect(lease.isNew && lease.node == "n1")
        _ = say(&lease, answer(("n1", 2)), now: 1)
        _ = say(&lease, answer(), isLast: true, now: 2)
        #expect(lease.isNew && lease.node == "n2" && lease.names == ["n2"])
    }

    /// What a node makes of others whose numbers it sees at these moments.
    private func sweeps(_ sights: [(now: UInt64, renewal: Int64)]) -> [UInt64] {
        var lease = lease()
        return sights.compactMap { now, renewal in
            say(&lease, answer(("x", renewal)), now: now) == .sweep("x", at: renewal) ? now : nil
        }
    }

    @Test func `who shows no new number for 12 seconds is dead`() {
        #expect(sweeps(stride(from: 0, through: 12_000, by: 3_000).map { ($0, 7) }) == [12_000])
        #expect(sweeps(stride(from: 0, through: 60_000, by: 3_000).map { ($0, Int64(1 + $0 / 9_000)) }) == [])
    }

    @Test func `what was seen before this node was blind itself does not count`() {
        #expect(sweeps([(0, 7), (3_000, 7), (6_000, 7), (12_001, 7), (15_001, 7), (18_001, 7), (21_001, 7)]) == [])
        var lease = lease()
        for now: UInt64 in [0, 4_000, 8_000] { _ = say(&lease, answer(("x", 7)), now: now) }
        lease.failed(now: 9_000)
        var found: [UInt64] = []
        for now: UInt64 in [10_000, 14_000, 18_000, 22_000] where say(&lease, answer(("x", 7)), now: now) != .none {
            found.append(now)
        }
        #expect(found == [22_000])
    }

    @Test func `who has gone by himself stays as long as he said, and what nobody takes out any more is taken over`() {
        #expect(sweeps([(0, -5_001), (3_000, -5_001), (4_999, -5_001)]) == [])
        #expect(sweeps([(0, -5_001), (3_000, -5_001), (5_000, -5_001)]) == [5_000])
        #expect(sweeps([(0, 0), (2_999, 0)]) == [])
        #expect(sweeps([(0, 0), (3_000, 0)]) == [3_000])
    }

    @Test func `what a node has begun to take out it goes on with at once`() {
        var lease = lease()
        for now: UInt64 in [0, 4_000, 8_000] { _ = say(&lease, answer(("x", 7)), now: now) }
        #expect(say(&lease, answer(("x", 7)), now: 12_000) == .sweep("x", at: 7))
        #expect(say(&lease, answer(("x", 0)), now: 12_001) == .sweep("x", at: 0))
        #expect(say(&lease, answer(), now: 12_002) == .none)
    }
}
