/// What the listeners of one loop, or of several, saw in a run.
struct ListenerResult: Codable, Sendable {
    /// Listeners that had a stream; one that a limit of the server's ended at once is none.
    var opened = 0
    /// Listeners that had none.
    var failed = 0
    var ended = 0
    var reconnects = 0
    /// From the first connection attempt to the last stream opened, in nanoseconds.
    var opening: Int64 = 0
    /// Deliveries and bytes in the measured window.
    var deliveries = 0
    var bytes = 0
    /// Deliveries of the whole run, warm-up and rest included.
    var received = 0
    /// Messages without this run's stamp.
    var foreign = 0
    /// From the scheduled time of a message of the window to its last byte.
    var latency = LatencyHistogram()
    /// From the beginning of a stream's first connection attempt to the response's head.
    var opens = LatencyHistogram()
    var seconds: [SecondSlice] = []
    /// Errors by kind, endings (`bye`) and gaps by reason.
    var errors: [String: Int] = [:]
    var byes: [String: Int] = [:]
    var gaps: [String: Int] = [:]

    mutating func add(_ other: ListenerResult) {
        opened += other.opened
        failed += other.failed
        ended += other.ended
        reconnects += other.reconnects
        opening = max(opening, other.opening)
        deliveries += other.deliveries
        bytes += other.bytes
        received += other.received
        foreign += other.foreign
        latency.add(other.latency)
        opens.add(other.opens)
        for (index, slice) in other.seconds.enumerated() {
            if index < seconds.count { seconds[index].add(slice) } else { seconds.append(slice) }
        }
        errors.merge(other.errors, uniquingKeysWith: +)
        byes.merge(other.byes, uniquingKeysWith: +)
        gaps.merge(other.gaps, uniquingKeysWith: +)
    }
}
