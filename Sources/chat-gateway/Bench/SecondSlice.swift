/// What happened in one second of the measured window.
struct SecondSlice: Codable, Sendable {
    var deliveries = 0
    var latency = CoarseHistogram()

    mutating func add(_ other: SecondSlice) {
        deliveries += other.deliveries
        latency.add(other.latency)
    }
}
