import Foundation
import Logging

/// Writes each log record as one line.
struct LineLogHandler: LogHandler {
    /// The handler's own level, or where it was given none, the one that all share.
    var logLevel: Logger.Level {
        get { ownLevel ?? threshold.level }
        set { ownLevel = newValue }
    }
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    private var ownLevel: Logger.Level?
    private let threshold: LogThreshold
    private let format: LogFormat
    private let write: @Sendable (String) -> Void

    /// Makes a handler; by default it writes to stderr.
    init(
        format: LogFormat,
        threshold: LogThreshold,
        write: @escaping @Sendable (String) -> Void = Console.error.say
    ) {
        self.format = format
        self.threshold = threshold
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var metadata = metadata
        if let provided = metadataProvider?.get() { metadata.merge(provided) { $1 } }
        if let error = event.error { metadata["error"] = "\(error)" }
        if let own = event.metadata { metadata.merge(own) { $1 } }
        write(
            format.line(
                for: LogRecord(
                    time: .now,
                    level: event.level,
                    message: event.message.description,
                    metadata: metadata,
                )
            )
        )
    }
}
