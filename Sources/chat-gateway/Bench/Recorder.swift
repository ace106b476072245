/// Writes down, for the listeners of one loop, every delivery.
struct Recorder {
    var result = ListenerResult()
    private let spreads: Bool
    private var windowStart = Int64.max
    private var windowEnd = Int64.max

    /// - Parameter spreads: Whether to keep the times of the first and last delivery of each message.
    init(spreads: Bool) {
        self.spreads = spreads
    }

    /// Takes the times over that the coordinator has set.
    mutating func setWindow(_ start: Int64, _ end: Int64) {
        windowStart = start
        windowEnd = end
    }

    /// Some bytes came.
    mutating func received(bytes: Int, at now: Int64) {
        if now >= windowStart, now < windowEnd { result.bytes += bytes }
    }

    /// A message of this run came to a listener; `isTimed` is false for one that stops reading on purpose.
    mutating func received(_ stamp: Stamp, at now: Int64, isTimed: Bool) {
        result.received += 1
        let latency = now - stamp.scheduled
        if now >= windowStart, now < windowEnd {
            result.deliveries += 1
            let second = Int((now - windowStart) / 1_000_000_000)
            while result.seconds.count <= second { result.seconds.append(SecondSlice()) }
            result.seconds[second].deliveries += 1
            if isTimed { result.seconds[second].latency.record(microseconds: UInt64(max(0, latency)) / 1000) }
        }
        guard isTimed, stamp.scheduled >= windowStart, stamp.scheduled < windowEnd else { return }
        result.latency.record(nanoseconds: latency)
        if spreads { spread(stamp.number, now) }
    }

    private mutating func spread(_ number: Int, _ now: Int64) {
        guard number < Verifier.numberLimit else { return }
        if number >= result.firstSeen.count {
            let more = repeatElement(
                Int64(0),
                count: max(number + 1, result.firstSeen.count * 2, 256) - result.firstSeen.count
            )
            result.firstSeen.append(contentsOf: more)
            result.lastSeen.append(contentsOf: more)
        }
        if result.firstSeen[number] == 0 { result.firstSeen[number] = now }
        result.lastSeen[number] = now
    }

    /// The 99th percentile in microseconds of the last full second before `now`; 0: nothing came.
    func lastP99(at now: Int64) -> UInt64 {
        guard now > windowStart else { return 0 }
        let second = Int((now - windowStart) / 1_000_000_000) - 1
        guard result.seconds.indices.contains(second) else { return 0 }
        return result.seconds[second].latency.microseconds(percentile: 99)
    }
}
