/// A clock that never goes back.
enum Uptime {
    private static let start = ContinuousClock.now

    /// Microseconds since it was first asked.
    static func microseconds() -> UInt64 {
        // The first call sets the start, which must not be later than its own time.
        let start = start
        let elapsed = (ContinuousClock.now - start).components
        return UInt64(elapsed.seconds) * 1_000_000 + UInt64(elapsed.attoseconds / 1_000_000_000_000)
    }
}
