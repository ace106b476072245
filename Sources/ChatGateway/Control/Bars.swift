import Synchronization

/// Who may not come back yet, as this node knows it.
final class Bars: Sendable {
    typealias Instant = ContinuousClock.Instant

    private struct State {
        var ends: [UserName: Instant] = [:]
        var changes = 0
    }

    private let state = Mutex(State())
    private let clock: @Sendable () -> Instant

    /// - Parameter clock: The time now.
    init(clock: @escaping @Sendable () -> Instant = { .now }) {
        self.clock = clock
    }

    /// Whether somebody may not come in now.
    func contains(_ user: String) -> Bool {
        state.withLock { state in
            guard !state.ends.isEmpty, let end = state.ends[UserName(user)] else { return false }
            if clock() < end { return true }
            state.ends[UserName(user)] = nil
            return false
        }
    }

    /// How often somebody was barred, or a bar was lifted, one by one.
    var changes: Int { state.withLock(\.changes) }

    /// Bars somebody for a time, which takes the place of an earlier one; zero lifts the bar.
    ///
    /// One bar too many replaces the one that ends first.
    func set(_ user: String, for time: Duration) {
        let now = clock()
        let name = UserName(user)
        state.withLock { state in
            state.changes += 1
            guard time > .zero else {
                state.ends[name] = nil
                return
            }
            if state.ends.count >= Bar.limit, state.ends[name] == nil {
                state.ends = state.ends.filter { $0.value > now }
                if state.ends.count >= Bar.limit, let first = state.ends.min(by: { $0.value < $1.value }) {
                    state.ends[first.key] = nil
                }
            }
            state.ends[name] = now + time
        }
    }

    /// Takes over what all nodes knew when there had been so many changes; returns who was not barred here before.
    ///
    /// Nil: there has been another change since, which the list may not have, and nothing is taken over.
    func replace(with bars: [Bar], changes: Int) -> [String]? {
        let now = clock()
        return state.withLock { state in
            guard state.changes == changes else { return nil }
            let before = state.ends
            state.ends = [:]
            for bar in bars.prefix(Bar.limit) { state.ends[UserName(bar.user)] = now + bar.rest }
            return state.ends.keys.filter { before[$0].map { $0 <= now } ?? true }.map(\.text)
        }
    }

    /// How many are barred.
    var count: Int {
        let now = clock()
        return state.withLock { $0.ends.values.count { $0 > now } }
    }
}
