/// Why a stream of events cannot be read on.
public enum EventStreamError: Error, Hashable, Sendable {
    /// A line is longer than the parser takes.
    case lineTooLong
    /// An event has more data than the parser takes.
    case eventTooLong
}
