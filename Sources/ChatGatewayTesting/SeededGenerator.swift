import Foundation

/// A source of random numbers that repeats itself for the same seed, so that a random test which failed can be run again.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    /// What the numbers follow from: to be named wherever a test fails.
    public let seed: UInt64
    private var state: UInt64

    /// Begins with the environment variable `TEST_SEED`, or with a new seed where there is none.
    public init() {
        let given = ProcessInfo.processInfo.environment["TEST_SEED"].flatMap { UInt64($0) }
        self.init(seed: given ?? UInt64.random(in: 0...UInt64.max))
    }

    /// Begins with a seed.
    public init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// The next number: the state counts in steps of the golden ratio, and is stirred.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 32) &* 0xD6E8_FEB8_6659_FD93
        value = (value ^ value >> 32) &* 0xD6E8_FEB8_6659_FD93
        return value ^ value >> 32
    }
}
