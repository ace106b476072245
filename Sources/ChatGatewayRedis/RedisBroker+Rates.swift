public import ChatGateway
import NIOCore

extension RedisBroker: RateLimiter {
    /// Takes the tokens in one step for all nodes: one script, one round trip.
    public func take(from buckets: [RateBucket]) async throws(BrokerError) -> RateRefusal? {
        let answer = try await value(of: rateScript) { RateScript.command(hash: $0, names: names, buckets: buckets) }
        guard let answer, let refusal = RateScript.refusal(String(buffer: answer)),
            refusal.map({ buckets.indices.contains($0.index) }) ?? true
        else { throw Self.noAnswer }
        return refusal
    }

    static var noAnswer: BrokerError { BrokerError(stored: .no, reason: "an answer that is none") }
}
