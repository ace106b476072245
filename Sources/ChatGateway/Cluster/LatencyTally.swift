/// How often each latency came up: exact below 16 ms, then within an eighth, up to about 17 minutes.
///
/// Of a fixed size (about 1 KiB), so that counting costs no allocation.
struct LatencyTally: Hashable, Sendable {
    private static let exact = 16
    private static let largest: UInt64 = 1 << 20 - 1
    private static let size = exact + (20 - 4) * 8

    private var counts = [Int](repeating: 0, count: size)

    /// How many were counted.
    private(set) var count = 0

    /// Counts one latency.
    mutating func add(milliseconds: UInt64) {
        counts[Self.index(of: min(milliseconds, Self.largest))] += 1
        count += 1
    }

    /// Counts all that another tally has.
    mutating func add(_ other: LatencyTally) {
        for index in counts.indices { counts[index] += other.counts[index] }
        count += other.count
    }

    /// What was counted since an earlier state of the same tally.
    func since(_ earlier: LatencyTally) -> LatencyTally {
        var difference = self
        for index in counts.indices { difference.counts[index] -= earlier.counts[index] }
        difference.count -= earlier.count
        return difference
    }

    /// A latency, in milliseconds, that this share (0 to 1) of them does not exceed; nil where there are none.
    func quantile(_ share: Double) -> UInt64? {
        guard count > 0 else { return nil }
        let wanted = max(1, Int((Double(count) * share).rounded(.up)))
        var seen = 0
        for (index, part) in counts.enumerated() {
            seen += part
            if seen >= wanted { return Self.upperBound(ofIndex: index) }
        }
        return Self.largest
    }

    private static func index(of value: UInt64) -> Int {
        guard value >= exact else { return Int(value) }
        let power = UInt64.bitWidth - 1 - value.leadingZeroBitCount
        return exact + (power - 4) * 8 + Int(value >> (power - 3) & 7)
    }

    private static func upperBound(ofIndex index: Int) -> UInt64 {
        guard index >= exact else { return UInt64(index) }
        let power = 4 + (index - exact) / 8
        let eighth = UInt64((index - exact) % 8)
        return (8 + eighth + 1) << (power - 3) - 1
    }
}
