import Foundation
import Logging

/// What is written of one event.
struct LogRecord {
    /// When it was written.
    var time: Date
    /// How severe it is.
    var level: Logger.Level
    /// What happened.
    var message: String
    /// What belongs to it.
    var metadata: Logger.Metadata

    /// The time in UTC, as RFC 3339 with milliseconds.
    var timestamp: String {
        time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
