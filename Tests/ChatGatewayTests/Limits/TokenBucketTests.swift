import Testing

@testable import ChatGateway

@Suite struct TokenBucketTests {
    @Test func `a full bucket gives its tokens at once, then one per interval`() {
        let shape = TokenBucket.Shape(rate: 2, capacity: 3)
        var bucket = TokenBucket()
        let start: UInt64 = 1_000_000_000
        for _ in 0..<3 { #expect(bucket.take(shape, now: start) == nil) }
        #expect(bucket.take(shape, now: start) == 500_000)
        #expect(bucket.take(shape, now: start + 499_999) == 1)
        #expect(bucket.take(shape, now: start + 500_000) == nil)
        #expect(bucket.take(shape, now: start + 500_000) == 500_000)
    }

    @Test func `a refusal takes nothing, and time fills the bucket only up to its rim`() {
        let shape = TokenBucket.Shape(rate: 10, capacity: 10)
        var bucket = TokenBucket()
        for _ in 0..<10 { #expect(bucket.take(shape, now: 5) == nil) }
        let before = bucket
        for _ in 0..<100 { #expect(bucket.take(shape, now: 5) == 100_000) }
        #expect(bucket == before)
        for _ in 0..<10 { #expect(bucket.take(shape, now: 3_600_000_000) == nil) }
        #expect(bucket.take(shape, now: 3_600_000_000) != nil)
    }

    @Test func `a second's worth always passes, whatever the capacity`() {
        let shape = TokenBucket.Shape(rate: 50, capacity: 1)
        var bucket = TokenBucket()
        for _ in 0..<50 { #expect(bucket.take(shape, now: 7) == nil) }
        #expect(bucket.take(shape, now: 7) == 20_000)
    }

    @Test func `over a long time as many pass as the rate says`() {
        let shape = TokenBucket.Shape(rate: 3, capacity: 5)
        var bucket = TokenBucket()
        let passed = (0..<100_000).count { bucket.take(shape, now: 1_000_000 + UInt64($0) * 1_000) == nil }
        // 100 s at 3 per second and 5 in the bucket; a third of a second is not a whole number of microseconds.
        #expect((304...306).contains(passed))
    }

    @Test func `a limiter takes all tokens or none`() async throws {
        let clock = ManualMicroseconds()
        let limiter = LocalRateLimiter(limit: 10, clock: { clock.now })
        let user = RateBucket(name: "user", rate: 1, capacity: 3)
        let address = RateBucket(name: "address", rate: 1, capacity: 1)
        #expect(try await limiter.take(from: [user, address]) == nil)
        for _ in 0..<5 {
            let refusal = try await limiter.take(from: [user, address])
            #expect(refusal == RateRefusal(index: 1, wait: .seconds(1)))
        }
        // Only one of the user's three was taken.
        for _ in 0..<2 { #expect(try await limiter.take(from: [user]) == nil) }
        #expect(try await limiter.take(from: [user])?.index == 0)
        clock.advance(1_000_000)
        #expect(try await limiter.take(from: [user, address]) == nil)
    }

    @Test func `a limiter remembers as many buckets as it may, the latest ones`() async throws {
        let limiter = LocalRateLimiter(limit: 100, clock: { 1 })
        func bucket(_ name: String) -> RateBucket { RateBucket(name: name, rate: 1, capacity: 1) }
        for index in 0..<1_000 { #expect(try await limiter.take(from: [bucket("\(index)")]) == nil) }
        #expect((100...200).contains(limiter.count))
        for index in 900..<1_000 { #expect(try await limiter.take(from: [bucket("\(index)")]) != nil) }
        #expect(try await limiter.take(from: [bucket("0")]) == nil)
    }
}
