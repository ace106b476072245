/// What the listeners of one loop, or of several, saw in a run.
struct ListenerResult: Codable, Sendable {
    var opened = 0
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
    /// From the beginning of a connection attempt to the response's head.
    var opens = LatencyHistogram()
    var seconds: [SecondSlice] = []
    /// By message number, when the first and the last listener got it; 0: none.
    var firstSeen: [Int64] = []
    var lastSeen: [Int64] = []
    /// Errors by kind, endings (`bye`) and gaps by reason.
    var errors: [String: Int] = [:]
    var byes: [String: Int] = [:]
    var gaps: [String: Int] = [:]
    /// CPU time of the loop's thread in the window, in nanoseconds; of several, the busiest's.
    var busiest: Int64 = 0
    var verifiers: [Verifier] = []

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
        Self.merge(&firstSeen, other.firstSeen, min)
        Self.merge(&lastSeen, other.lastSeen, max)
        errors.merge(other.errors, uniquingKeysWith: +)
        byes.merge(other.byes, uniquingKeysWith: +)
        gaps.merge(other.gaps, uniquingKeysWith: +)
        busiest = max(busiest, other.busiest)
        verifiers += other.verifiers
    }

    private static func merge(_ times: inout [Int64], _ other: [Int64], _ choose: (Int64, Int64) -> Int64) {
        for (index, time) in other.enumerated() {
            if index >= times.count {
                times.append(time)
            } else if times[index] == 0 || time == 0 {
                times[index] = max(times[index], time)
            } else {
                times[index] = choose(times[index], time)
            }
        }
    }
}
