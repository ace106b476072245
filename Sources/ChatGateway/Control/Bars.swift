import Synchronization

/// Who may not come back yet, as this node knows it.
final class Bars: Sendable {
    typealias Instant = ContinuousClock.Instant

    private let ends = Mutex<[String: Instant]>([:])
    private let clock: @Sendable () -> Instant

    /// - Parameter clock: The time now.
    init(clock: @escaping @Sendable () -> Instant = { .now }) {
        self.clock = clock
    }

    /// Whether somebody may not come in now.
    func contains(_ user: String) -> Bool {
        ends.withLock { ends in
            guard !ends.isEmpty, let end = ends[user] else { return false }
            if clock() < end { return true }
            ends[user] = nil
            return false
        }
    }

    /// Bars somebody for a time, which takes the place of an earlier one; zero lifts the bar.
    ///
    /// One bar too many replaces the one that ends first.
    func set(_ user: String, for time: Duration) {
        let now = clock()
        ends.withLock { ends in
            guard time > .zero else {
                ends[user] = nil
                return
            }
            if ends.count >= Bar.limit, ends[user] == nil {
                ends = ends.filter { $0.value > now }
                if ends.count >= Bar.limit, let first = ends.min(by: { $0.value < $1.value }) { ends[first.key] = nil }
            }
            ends[user] = now + time
        }
    }

    /// Takes over what all nodes know; returns who was not barred here before.
    func replace(with bars: [Bar]) -> [String] {
        let now = clock()
        return ends.withLock { ends in
            let before = ends
            ends = [:]
            for bar in bars.prefix(Bar.limit) { ends[bar.user] = now + bar.rest }
            return ends.keys.filter { before[$0].map { $0 <= now } ?? true }
        }
    }

    /// How many are barred.
    var count: Int {
        let now = clock()
        return ends.withLock { ends in ends.values.count { $0 > now } }
    }
}
