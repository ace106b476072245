/// Where a run stands at a moment, for the progress line.
struct BenchProgress: Sendable {
    var up = 0
    /// Listeners whose stream could not be opened.
    var failed = 0
    /// Listeners whose stream has ended.
    var ended = 0
    var received = 0
    /// Of the last full second, the worst loop's; 0: nothing was received.
    var p99Microseconds: UInt64 = 0
    var errors = 0

    mutating func add(_ other: BenchProgress) {
        up += other.up
        failed += other.failed
        ended += other.ended
        received += other.received
        p99Microseconds = max(p99Microseconds, other.p99Microseconds)
        errors += other.errors
    }
}

extension BenchProgress {
    /// As one process writes it to another.
    var line: String {
        "\(up) \(failed) \(ended) \(received) \(p99Microseconds) \(errors)"
    }

    /// Reads ``line``.
    init?(line: some StringProtocol) {
        let numbers = line.split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 6, numbers[4] >= 0 else { return nil }
        self.init(
            up: numbers[0],
            failed: numbers[1],
            ended: numbers[2],
            received: numbers[3],
            p99Microseconds: UInt64(numbers[4]),
            errors: numbers[5]
        )
    }
}
