/// Latencies of one second, in microseconds, to 6 %: small enough to keep one per second of a run.
struct CoarseHistogram: Codable, Sendable {
    private static let size = 16 * 40
    private var counts: [UInt32] = []
    private(set) var max: UInt64 = 0

    mutating func record(microseconds: UInt64) {
        if counts.isEmpty { counts = [UInt32](repeating: 0, count: Self.size) }
        counts[Self.index(microseconds)] &+= 1
        if microseconds > max { max = microseconds }
    }

    mutating func add(_ other: CoarseHistogram) {
        if counts.isEmpty { counts = [UInt32](repeating: 0, count: Self.size) }
        for (index, count) in other.counts.enumerated() where index < counts.count { counts[index] &+= count }
        max = Swift.max(max, other.max)
    }

    /// 0 where nothing was recorded.
    func microseconds(percentile: Double) -> UInt64 {
        let total = counts.reduce(UInt64(0)) { $0 + UInt64($1) }
        let wanted = UInt64((Double(total) * percentile / 100).rounded(.up))
        var seen: UInt64 = 0
        for (index, count) in counts.enumerated() where count > 0 {
            seen += UInt64(count)
            if seen >= wanted { return Swift.min(max, Self.upperBound(index)) }
        }
        return 0
    }

    private static func index(_ value: UInt64) -> Int {
        guard value >= 16 else { return Int(value) }
        let exponent = 63 - value.leadingZeroBitCount
        return Swift.min(size - 1, (exponent - 3) * 16 + Int((value >> UInt64(exponent - 4)) & 15))
    }

    private static func upperBound(_ index: Int) -> UInt64 {
        guard index >= 16 else { return UInt64(index) }
        let exponent = index / 16 + 3
        return (UInt64(16 + index % 16) << UInt64(exponent - 4)) + (1 << UInt64(exponent - 4)) - 1
    }
}
