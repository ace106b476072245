import CoreMetrics

/// The node's counters, all made here and once; their labels come from closed sets.
final class GatewayMetrics: Sendable {
    private let reached: [Limit: Counter]
    private let kicked: Counter
    private let barred: Counter

    /// - Parameter factory: What keeps the counts.
    init(_ factory: any MetricsFactory = MetricsSystem.factory) {
        let pairs = Limit.allCases.map { limit in
            let labels = [("limit", limit.rawValue)]
            return (limit, Counter(label: "chat_gateway_limit_reached", dimensions: labels, factory: factory))
        }
        reached = Dictionary(uniqueKeysWithValues: pairs)
        kicked = Counter(label: "chat_gateway_streams_kicked", factory: factory)
        barred = Counter(label: "chat_gateway_requests_barred", factory: factory)
    }

    /// A client had too much of something.
    func reached(_ limit: Limit) { reached[limit]?.increment() }

    /// An operator has ended a stream.
    func kickedStream() { kicked.increment() }

    /// A user who may not come back yet was turned away.
    func barredRequest() { barred.increment() }
}
