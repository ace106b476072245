import Synchronization

/// A clock that stands still until a test moves it.
final class ManualMicroseconds: Sendable {
    private let time = Mutex<UInt64>(1)

    var now: UInt64 { time.withLock { $0 } }

    func advance(_ microseconds: UInt64) { time.withLock { $0 += microseconds } }
}
