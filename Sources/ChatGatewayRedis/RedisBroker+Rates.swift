public import ChatGateway
import NIOCore

extension RedisBroker: RateLimiter {
    /// Takes the tokens in one step for all nodes: one script, one round trip.
    public func take(from buckets: [RateBucket]) async throws(BrokerError) -> RateRefusal? {
        var answer: ByteBuffer?
        if let hash = rateScript.withLock({ $0 }) {
            do throws(BrokerError) {
                answer = try await value(of: RateScript.command(hash: hash, names: names, buckets: buckets))
            } catch  where error.reason == Refusal.isUnknownScript.reason {
                // Redis has lost it, and has done nothing.
                answer = nil
            }
        }
        if answer == nil {
            guard let hash = try await value(of: RateScript.load) else { throw Self.noAnswer }
            let name = String(buffer: hash)
            rateScript.withLock { $0 = name }
            answer = try await value(of: RateScript.command(hash: name, names: names, buckets: buckets))
        }
        guard let answer, let refusal = RateScript.refusal(String(buffer: answer)),
            refusal.map({ buckets.indices.contains($0.index) }) ?? true
        else { throw Self.noAnswer }
        return refusal
    }

    static var noAnswer: BrokerError { BrokerError(stored: .no, reason: "an answer that is none") }
}
