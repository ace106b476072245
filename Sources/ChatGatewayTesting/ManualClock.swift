import Synchronization

/// A time of day that stands still until a test moves it; its ``now()`` fits wherever the gateway takes a clock.
public final class ManualClock: Sendable {
    private let milliseconds: Mutex<UInt64>

    /// Makes a clock that shows `milliseconds` since 1970.
    public init(milliseconds: UInt64 = 1_700_000_000_000) {
        self.milliseconds = Mutex(milliseconds)
    }

    /// Milliseconds since 1970.
    @Sendable
    public func now() -> UInt64 {
        milliseconds.withLock { $0 }
    }

    /// Moves the clock on, or back by a negative duration, but not before 1970.
    public func advance(by duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let step = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        milliseconds.withLock { $0 = UInt64(max(0, Int64($0) + step)) }
    }
}
