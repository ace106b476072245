/// Why a broker did not do what it was asked.
public struct BrokerError: Error, Hashable, Sendable {
    /// What is known of a message after a failed append.
    public enum Outcome: String, Sendable {
        /// The message is not in the log.
        case no
        /// The broker may or may not have stored it.
        case unknown
    }

    /// Whether the message was stored.
    public var stored: Outcome
    /// What went wrong, for the log and for the client: one phrase without secrets.
    public var reason: String

    /// Makes an error.
    public init(stored: Outcome, reason: String) {
        self.stored = stored
        self.reason = reason
    }
}
