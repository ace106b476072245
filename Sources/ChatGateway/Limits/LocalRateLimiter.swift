import Synchronization

/// Token buckets in memory, for a gateway that is one node.
///
/// It remembers at least the last 50,000 buckets that were used, about 10 MB; one that it has forgotten is full.
public final class LocalRateLimiter: RateLimiter {
    private struct State {
        // Two generations: when the young one has grown up the old one is forgotten, at the cost of nothing.
        var young: [String: TokenBucket] = [:]
        var old: [String: TokenBucket] = [:]
    }

    private let state = Mutex(State())
    private let limit: Int
    private let clock: @Sendable () -> UInt64

    /// Makes a limiter with full buckets.
    public convenience init() {
        self.init(limit: 50_000, clock: Uptime.microseconds)
    }

    /// Makes a limiter whose clock tells microseconds, never less than before.
    init(limit: Int, clock: @escaping @Sendable () -> UInt64) {
        self.limit = limit
        self.clock = clock
    }

    /// Takes the tokens, or says which bucket is empty; at once.
    public func take(from buckets: [RateBucket]) async throws(BrokerError) -> RateRefusal? {
        let now = clock()
        return state.withLock { state in
            var taken: [TokenBucket] = []
            for (index, bucket) in buckets.enumerated() {
                var tokens = state.young[bucket.name] ?? state.old[bucket.name] ?? TokenBucket()
                if let wait = tokens.take(.init(rate: bucket.rate, capacity: bucket.capacity), now: now) {
                    return RateRefusal(index: index, wait: .microseconds(wait))
                }
                taken.append(tokens)
            }
            for (bucket, tokens) in zip(buckets, taken) {
                if state.young.count >= limit, state.young[bucket.name] == nil {
                    state.old = state.young
                    state.young = [:]
                }
                state.young[bucket.name] = tokens
            }
            return nil
        }
    }

    /// Buckets that are remembered.
    var count: Int { state.withLock { $0.young.count + $0.old.count } }
}
