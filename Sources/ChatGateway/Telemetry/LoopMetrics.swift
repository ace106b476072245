import CoreMetrics

/// What an event loop tells of itself, at each of its ticks: nothing is counted here for a single delivery.
struct LoopMetrics {
    /// What a loop holds at one moment, and what it has done since its start.
    struct Snapshot {
        var streams = 0
        var rooms = 0
        var slowStreams = 0
        var backlog = 0
        var logBytes = 0
        var passes = 0
        var deliveries = 0
    }

    private let streams: Meter
    private let rooms: Meter
    private let slowStreams: Meter
    private let backlog: Meter
    private let logBytes: Meter
    private let passes: Counter
    private let deliveries: Counter
    private let lag: Timer
    private let deliveryTime: Timer
    private var last = Snapshot()

    init(loop: Int, _ factory: any MetricsFactory) {
        let label = [("loop", "\(loop)")]
        streams = Meter(.streams, label, factory)
        rooms = Meter(.rooms, label, factory)
        slowStreams = Meter(.slowStreams, label, factory)
        backlog = Meter(.backlog, label, factory)
        logBytes = Meter(.logBytes, label, factory)
        passes = Counter(.passes, [], factory)
        deliveries = Counter(.deliveries, [], factory)
        lag = Timer(.loopLag, [], factory)
        deliveryTime = Timer(.deliveryTime, [], factory)
    }

    /// Tells how things stand.
    mutating func tell(_ now: Snapshot) {
        streams.set(now.streams)
        rooms.set(now.rooms)
        slowStreams.set(now.slowStreams)
        backlog.set(now.backlog)
        logBytes.set(now.logBytes)
        passes.increment(by: now.passes - last.passes)
        deliveries.increment(by: now.deliveries - last.deliveries)
        last = now
    }

    /// A timer was so late.
    func late(by nanoseconds: Int64) { lag.recordNanoseconds(max(0, nanoseconds)) }

    /// A message has reached the streams of a room, so long after the broker got it.
    func delivered(after milliseconds: UInt64) { deliveryTime.recordMilliseconds(milliseconds) }
}
