/// Writes down, for the listeners of one loop, every delivery.
struct Recorder {
    /// Messages beyond this number have no first and last listener; memory is bounded by it.
    static let spreadLimit = 1 << 20

    var record = ListenerRecord()
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
        if now >= windowStart, now < windowEnd { record.seen.bytes += bytes }
    }

    /// A message of this run came to a listener; `isTimed` is false for one that stops reading on purpose.
    mutating func received(_ stamp: Stamp, at now: Int64, isTimed: Bool) {
        record.seen.received += 1
        let latency = now - stamp.scheduled
        if now >= windowStart, now < windowEnd {
            record.seen.deliveries += 1
            let second = Int((now - windowStart) / 1_000_000_000)
            while record.seen.seconds.count <= second { record.seen.seconds.append(SecondSlice()) }
            record.seen.seconds[second].deliveries += 1
            if isTimed { record.seen.seconds[second].latency.record(microseconds: UInt64(max(0, latency)) / 1000) }
        }
        guard isTimed, stamp.scheduled >= windowStart, stamp.scheduled < windowEnd else { return }
        record.seen.latency.record(nanoseconds: latency)
        if spreads, stamp.number < Self.spreadLimit { record.saw(stamp.number, at: now) }
    }

    /// The 99th percentile in microseconds of the last full second before `now`; 0: nothing came.
    func lastP99(at now: Int64) -> UInt64 {
        guard now > windowStart else { return 0 }
        let second = Int((now - windowStart) / 1_000_000_000) - 1
        guard record.seen.seconds.indices.contains(second) else { return 0 }
        return record.seen.seconds[second].latency.microseconds(percentile: 99)
    }
}
