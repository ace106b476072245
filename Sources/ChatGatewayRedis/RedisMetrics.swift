import ChatGateway
import CoreMetrics

/// What a broker tells of its links.
struct RedisMetrics {
    private let up: Meter
    private let losses: Counter
    private let probeAge: Meter

    init(_ factory: any MetricsFactory) {
        up = Meter(.redisUp, [], factory)
        losses = Counter(.redisLosses, [], factory)
        probeAge = Meter(.redisProbeAge, [], factory)
    }

    /// The links can be trusted from now on.
    func cameUp() { up.set(1) }

    /// The links were closed.
    func wentDown(wasUp: Bool) {
        up.set(0)
        if wasUp { losses.increment() }
    }

    /// A probe came back so long ago.
    func probed(before age: Duration) { probeAge.set(age / .seconds(1)) }
}
