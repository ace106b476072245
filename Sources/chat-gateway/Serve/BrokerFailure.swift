import ChatGateway
import ChatGatewayRedis

/// The broker cannot be had at the start.
struct BrokerFailure: Error, CustomStringConvertible {
    /// Where it should be; shown without its password.
    var url: RedisURL
    /// What came instead.
    var error: any Error

    var description: String {
        "cannot use the Redis at \(url): \((error as? BrokerError)?.reason ?? "\(error)")"
    }
}
