/// Counts what many nodes together let pass.
public protocol RateLimiter: Sendable {
    /// Takes one token out of each bucket; where one of them is empty, out of none.
    ///
    /// One step for all nodes. Answers within 5 seconds.
    /// - Returns: Which bucket is empty; nil where the tokens were taken.
    func take(from buckets: [RateBucket]) async throws(BrokerError) -> RateRefusal?
}

/// A token bucket that nodes share.
public struct RateBucket: Hashable, Sendable {
    /// What it is for; any text.
    public var name: String
    /// Tokens that come in per second.
    public var rate: Int
    /// Tokens that it holds, at least one second of the rate.
    public var capacity: Int

    /// Makes a bucket.
    public init(name: String, rate: Int, capacity: Int) {
        self.name = name
        self.rate = rate
        self.capacity = capacity
    }

    /// Microseconds for one token, and for a full bucket.
    package var shape: (interval: UInt64, depth: UInt64) {
        let shape = TokenBucket.Shape(rate: rate, capacity: capacity)
        return (shape.interval, shape.depth)
    }
}

/// Why tokens were not taken.
public struct RateRefusal: Hashable, Sendable {
    /// Which of the buckets is empty.
    public var index: Int
    /// After how long it will have a token.
    public var wait: Duration

    /// Makes a refusal.
    public init(index: Int, wait: Duration) {
        self.index = index
        self.wait = wait
    }
}
