/// Keeps those of many things whose keys are lowest, without sorting the others.
struct Lowest<Key: Comparable, Value> {
    private var kept: [(key: Key, value: Value)] = []
    /// Nothing from here on is wanted.
    private var bound: Key?
    private let limit: Int

    /// - Parameter limit: How many to keep, at least 1.
    init(limit: Int) {
        self.limit = max(limit, 1)
    }

    /// Whether a key may be among the lowest.
    func wants(_ key: Key) -> Bool { bound.map { key < $0 } ?? true }

    mutating func add(_ key: Key, _ value: Value) {
        guard wants(key) else { return }
        kept.append((key, value))
        if kept.count >= 2 * limit { cut() }
    }

    private mutating func cut() {
        kept.sort { $0.key < $1.key }
        guard kept.count > limit else { return }
        bound = kept[limit].key
        kept.removeSubrange(limit...)
    }

    /// What was kept, lowest first.
    var pairs: [(Key, Value)] {
        kept.sorted { $0.key < $1.key }.prefix(limit).map { ($0.key, $0.value) }
    }

    /// The things alone, lowest first.
    var sorted: [Value] { pairs.map(\.1) }
}
