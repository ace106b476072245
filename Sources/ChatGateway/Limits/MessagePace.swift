import Logging
import NIOCore

/// How many messages a user, and an address, may send.
struct MessagePace: Sendable {
    /// What of the configuration it goes by.
    struct Rules: Hashable, Sendable {
        var perUser: Int
        var perAddress: Int
        var burst: Int
        var addresses: ClientAddresses

        init(_ configuration: GatewayConfiguration) throws {
            perUser = configuration.clients.messageRatePerUser
            perAddress = configuration.clients.messageRatePerAddress
            burst = configuration.clients.messageBurst
            addresses = try ClientAddresses(configuration)
        }
    }

    let rules: Live<Rules>
    let limiter: any RateLimiter
    let metrics: GatewayMetrics
    let logger: Logger

    /// Lets a message pass, or throws that there were too many.
    ///
    /// Where limits are on it costs a question to Redis; where the limiter itself is away the broker will say so. A user
    /// counts only where he is proven: a mere claim could be used to silence others.
    ///
    /// - Parameters:
    ///   - user: Who sends it, where that is proven.
    ///   - peer: The other end of the connection, which may be a proxy.
    ///   - fields: The values of the request's header fields of a name.
    /// - Throws: What the sender is told.
    func admit(
        _ user: String?,
        peer: () -> SocketAddress?,
        fields: (String) -> [String]
    ) async throws(Problem) {
        let rules = rules.value
        var buckets: [RateBucket] = []
        var limits: [Limit] = []
        if rules.perUser > 0, let user {
            buckets.append(RateBucket(name: "user/\(user)", rate: rules.perUser, capacity: rules.burst))
            limits.append(.messageRatePerUser)
        }
        if rules.perAddress > 0, let client = rules.addresses.client(peer: ClientAddress(peer()), fields) {
            let name = "address/\(client.counted)"
            buckets.append(RateBucket(name: name, rate: rules.perAddress, capacity: rules.burst))
            limits.append(.messageRatePerAddress)
        }
        guard !buckets.isEmpty else { return }
        let refusal: RateRefusal?
        do {
            refusal = try await limiter.take(from: buckets)
        } catch {
            return logger.debug("Messages cannot be counted", metadata: ["reason": "\(error.reason)"])
        }
        guard let refusal else { return }
        metrics.reached(limits[refusal.index])
        throw .tooMany(after: refusal.wait)
    }
}
