/// Why a client could not do what it was asked.
public struct ChatClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of reason it is.
    public enum Code: Hashable, Sendable {
        /// The gateway refuses, for good: a bad request, no or a bad token, a room that is not allowed.
        case refused
        /// The gateway could not be reached, or could not do it, as often as it was tried.
        case unavailable
        /// What came is not what a gateway sends.
        case unreadable
        /// The client was given something else than a gateway's URL.
        case invalidURL
        /// The message to publish is not one JSON object.
        case notAnObject
    }

    /// What kind of reason it is.
    public var code: Code
    /// The status of the answer; nil where there was none.
    public var status: Int?
    /// The reason, in one sentence without tokens.
    public var reason: String

    /// The reason.
    public var description: String { reason }

    init(_ code: Code, _ reason: String, status: Int? = nil) {
        self.code = code
        self.reason = reason
        self.status = status
    }
}
