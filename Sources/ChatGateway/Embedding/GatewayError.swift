/// Why a gateway did not do what the program asked of it.
public struct GatewayError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of reason it is.
    public enum Code: Hashable, Sendable {
        /// What was asked cannot be done, however often it is tried.
        case invalid
        /// A cursor behind which messages are lost or no longer retained.
        case gone
        /// The broker is away, hung, or too far behind; later it may work.
        case unavailable
    }

    /// What kind of reason it is.
    public var code: Code
    /// The reason, in one sentence without secrets.
    public var reason: String
    /// What is known of a message that was to be published; nil for anything else.
    public var stored: BrokerError.Outcome?

    /// The reason.
    public var description: String { reason }

    init(_ code: Code, _ reason: String, stored: BrokerError.Outcome? = nil) {
        self.code = code
        self.reason = reason
        self.stored = stored
    }

    init(_ problem: Problem) {
        code =
            switch problem.status {
            case .serviceUnavailable: .unavailable
            case .gone: .gone
            default: .invalid
            }
        reason = problem.detail
        stored = problem.stored
    }
}
