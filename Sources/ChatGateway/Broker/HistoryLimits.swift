/// How much of a room's past is kept; what is exceeded first counts.
public struct HistoryLimits: Hashable, Sendable {
    /// Messages.
    ///
    /// Default 10,000.
    public var count: Int
    /// Age.
    ///
    /// Default 1 h.
    public var age: Duration
    /// Bytes of message bodies.
    ///
    /// Default 16 MiB.
    public var bytes: Int

    /// Makes limits.
    public init(count: Int = 10_000, age: Duration = .seconds(3600), bytes: Int = 16 * 1024 * 1024) {
        self.count = count
        self.age = age
        self.bytes = bytes
    }
}
