import HTTPTypes
import NIOCore

/// Why a request is refused, as RFC 9457 has it told.
struct Problem: Error, Hashable, Sendable {
    var status: HTTPResponse.Status
    var detail: String
    /// Header fields of the answer, beyond those of every problem.
    var headers: [Header] = []
    /// What is known of a message that was to be stored.
    var stored: BrokerError.Outcome?

    /// A header field.
    struct Header: Hashable, Sendable {
        var name: String
        var value: String
    }

    /// The value of `Content-Type`.
    static let contentType = "application/problem+json"

    /// The problem as one JSON object; the id tells the operator which request it was.
    func body(requestID: String) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeStaticString("{\"type\":\"about:blank\",\"title\":")
        bytes.writeJSONString(status.reasonPhrase)
        bytes.writeString(",\"status\":\(status.code),\"detail\":")
        bytes.writeJSONString(detail)
        if let stored { bytes.writeString(",\"stored\":\"\(stored.rawValue)\"") }
        bytes.writeStaticString(",\"request_id\":")
        bytes.writeJSONString(requestID)
        bytes.writeStaticString("}")
        return bytes
    }
}

extension Problem {
    static func badRequest(_ detail: String) -> Problem {
        Problem(status: .badRequest, detail: detail)
    }

    static let badRoom = badRequest(
        "A room's name is 1 to \(Room.maximumLength) bytes of UTF-8 without control characters and without “/”"
    )

    static let unreadable = badRequest("The request's target or header fields cannot be read")

    static let notFound = Problem(status: .notFound, detail: "There is nothing at this path")

    static func methodNotAllowed(_ allowed: String) -> Problem {
        Problem(
            status: .methodNotAllowed,
            detail: "This path answers \(allowed)",
            headers: [Header(name: "Allow", value: allowed)]
        )
    }

    static let requestTimeout = Problem(
        status: .requestTimeout,
        detail: "The request's body did not arrive in time"
    )

    static func gone(_ detail: String) -> Problem {
        Problem(status: .gone, detail: detail)
    }

    static func contentTooLarge(_ limit: Int) -> Problem {
        Problem(status: .contentTooLarge, detail: "A body may have at most \(limit) bytes")
    }

    static let unsupportedMediaType = Problem(
        status: .unsupportedMediaType,
        detail: "The body must be application/json"
    )

    static let expectationFailed = Problem(
        status: .expectationFailed,
        detail: "The only expectation that is met is 100-continue"
    )

    static func headTooLarge(_ limit: Int) -> Problem {
        Problem(
            status: .requestHeaderFieldsTooLarge,
            detail: "Request line and header fields may have at most \(limit) bytes"
        )
    }

    static let internalError = Problem(
        status: .internalServerError,
        detail: "The request could not be answered; the log says why"
    )

    static func tooManyRooms(_ limit: Int) -> Problem {
        badRequest("A stream has at most \(limit) rooms")
    }

    /// The client has sent more than it may for now.
    static func tooMany(after wait: Duration) -> Problem {
        let seconds = wait.components.seconds + (wait.components.attoseconds > 0 ? 1 : 0)
        return Problem(
            status: .tooManyRequests,
            detail: "There were too many messages; wait a moment",
            headers: [Header(name: "Retry-After", value: String(max(1, seconds)))]
        )
    }

    /// An operator wants the user gone.
    static let barred = Problem(status: .forbidden, detail: "You may not come back yet")

    /// The broker did not do what was asked.
    static func unavailable(_ error: BrokerError, writing: Bool) -> Problem {
        Problem(
            status: .serviceUnavailable,
            detail: error.reason,
            headers: [Header(name: "Retry-After", value: "1")],
            stored: writing ? error.stored : nil
        )
    }
}
