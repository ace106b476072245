import Logging
import Synchronization

/// From which level on the program logs; one for all of its loggers, so that it can change while they are in use.
final class LogThreshold: Sendable {
    private let threshold: Mutex<Logger.Level>

    init(_ level: Logger.Level) {
        threshold = Mutex(level)
    }

    /// The least severe level that is logged.
    var level: Logger.Level {
        get { threshold.withLock { $0 } }
        set { threshold.withLock { $0 = newValue } }
    }
}
