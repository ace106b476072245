/// A bucket into which tokens drip at a steady rate, and out of which each use takes one.
///
/// It is kept as the moment at which it will be full again (the generic cell rate algorithm), so that one number is all
/// its state, here as in Redis.
struct TokenBucket: Hashable, Sendable {
    /// How fast it fills, and how much it holds.
    struct Shape: Hashable, Sendable {
        /// Microseconds for one token.
        let interval: UInt64
        /// Microseconds for a full bucket.
        let depth: UInt64

        /// - Parameters:
        ///   - rate: Tokens per second, at least 1.
        ///   - capacity: Tokens in a full bucket; at least one second of the rate.
        init(rate: Int, capacity: Int) {
            interval = max(1, 1_000_000 / UInt64(max(1, rate)))
            depth = interval * UInt64(max(1, rate, min(capacity, 1_000_000)))
        }
    }

    /// When the bucket is full again, in microseconds of some clock.
    private(set) var full: UInt64 = 0

    /// Takes a token out; or says after how many microseconds there will be one.
    mutating func take(_ shape: Shape, now: UInt64) -> UInt64? {
        let next = max(full, now) + shape.interval
        guard next <= now + shape.depth else { return next - now - shape.depth }
        full = next
        return nil
    }
}
