import NIOCore

/// What streams need to know of the node's configuration.
struct StreamSettings: Sendable {
    var node: String
    var heartbeat: TimeAmount
    var slowLimit: TimeAmount
    var linger: TimeAmount
    /// How long a stream waits for its rooms before it is told to come back.
    var startLimit: TimeAmount = .seconds(5)

    /// The most that a stream hands to its connection at once, in bytes, but for the last segment or frame begun.
    var writeLimit = 256 * 1024
    /// The same where what is handed over is encrypted: that is the stream's own copy, and TLS keeps its buffer.
    static let encryptedWriteLimit = 32 * 1024

    /// How often a loop looks after its streams: often enough that a heartbeat is hardly late.
    var tick: TimeAmount {
        let shortest = min(heartbeat.nanoseconds, slowLimit.nanoseconds) / 4
        return .nanoseconds(min(max(shortest, 20_000_000), 1_000_000_000))
    }

    /// How many ticks make up a time, rounded up.
    func ticks(_ time: TimeAmount) -> UInt32 {
        UInt32(clamping: (time.nanoseconds + tick.nanoseconds - 1) / tick.nanoseconds)
    }
}

extension StreamSettings {
    init(_ configuration: GatewayConfiguration) {
        self.init(
            node: configuration.node,
            heartbeat: TimeAmount(configuration.heartbeat),
            slowLimit: TimeAmount(configuration.slowLimit),
            linger: TimeAmount(configuration.linger)
        )
    }
}
