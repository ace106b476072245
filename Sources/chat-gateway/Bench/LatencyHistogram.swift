import Histogram

/// Latencies in microseconds, to three digits; in a report the longest, then the pairs of value and count that occur.
struct LatencyHistogram: Codable, Sendable {
    private var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .three)

    /// Exactly; 0: nothing was recorded.
    private(set) var maxMicroseconds: UInt64 = 0

    init() {}

    init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        maxMicroseconds = try list.decode(UInt64.self)
        while !list.isAtEnd {
            let value = try list.decode(UInt64.self)
            let count = try list.decode(UInt64.self)
            // A day: what is beyond it is not a latency of ours, and would make the histogram huge.
            guard value <= 86_400_000_000 else {
                throw DecodingError.dataCorruptedError(in: list, debugDescription: "a latency of over a day")
            }
            histogram.record(value, count: count)
        }
    }

    func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        try list.encode(maxMicroseconds)
        for entry in histogram.recordedValues() {
            try list.encode(entry.value)
            try list.encode(entry.count)
        }
    }

    mutating func record(nanoseconds: Int64) {
        let microseconds = UInt64(max(0, nanoseconds)) / 1000
        histogram.record(microseconds)
        if microseconds > maxMicroseconds { maxMicroseconds = microseconds }
    }

    mutating func add(_ other: LatencyHistogram) {
        histogram.add(other.histogram)
        maxMicroseconds = max(maxMicroseconds, other.maxMicroseconds)
    }

    var count: UInt64 { histogram.totalCount }

    func microseconds(percentile: Double) -> UInt64 {
        count == 0 ? 0 : min(maxMicroseconds, histogram.valueAtPercentile(percentile))
    }

    /// The distribution's curve: latency in microseconds by percentile, denser towards the end.
    var curve: [(percentile: Double, microseconds: UInt64)] {
        histogram.percentiles(ticksPerHalfDistance: 5).map { ($0.percentileLevelIteratedTo, $0.value) }
    }
}
