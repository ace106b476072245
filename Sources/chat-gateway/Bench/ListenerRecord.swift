/// What one loop, or several, saw: what goes into a report, and what more is worked out from.
struct ListenerRecord: Codable, Sendable {
    var seen = ListenerResult()
    /// By message number, when the first and the last listener got it; 0: none.
    private var firstSeen: [Int64] = []
    private var lastSeen: [Int64] = []
    /// What the loop's thread wanted of a CPU in the window, in nanoseconds; of several, the busiest's.
    var busiest: Int64 = 0
    var verifiers: [Verifier] = []

    mutating func saw(_ number: Int, at now: Int64) {
        if number >= firstSeen.count {
            let size = max(number + 1, firstSeen.count * 2, 256)
            let more = repeatElement(Int64(0), count: size - firstSeen.count)
            firstSeen.append(contentsOf: more)
            lastSeen.append(contentsOf: more)
        }
        if firstSeen[number] == 0 { firstSeen[number] = now }
        lastSeen[number] = now
    }

    mutating func add(_ other: ListenerRecord) {
        seen.add(other.seen)
        Self.merge(&firstSeen, other.firstSeen, min)
        Self.merge(&lastSeen, other.lastSeen, max)
        busiest = max(busiest, other.busiest)
        verifiers += other.verifiers
    }

    /// From the first to the last listener that got a message.
    var spread: LatencyHistogram {
        var spread = LatencyHistogram()
        for (first, last) in zip(firstSeen, lastSeen) where first > 0 { spread.record(nanoseconds: last - first) }
        return spread
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
