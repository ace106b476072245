public import HTTPTypes
public import NIOCore

/// What a ``MessageFilter`` says of a message.
public struct MessageVerdict: Hashable, Sendable {
    enum Kind: Hashable {
        case accept
        case replace(ByteBuffer)
        case refuse(HTTPResponse.Status, String)
    }

    let kind: Kind

    /// The message is stored as it was posted.
    public static let accept = MessageVerdict(kind: .accept)

    /// Other JSON is stored instead.
    ///
    /// It has to be one JSON object, no longer than ``GatewayConfiguration/maxBody``; anything else is the filter's
    /// failure, and nothing is stored. The message's `id`, `room`, `time`, and `user` of somebody who is authenticated,
    /// stay the gateway's.
    public static func replace(with json: ByteBuffer) -> MessageVerdict {
        MessageVerdict(kind: .replace(json))
    }

    /// Other JSON is stored instead, as with the bytes of the text.
    public static func replace(with json: String) -> MessageVerdict {
        replace(with: ByteBuffer(string: json))
    }

    /// Nothing is stored, and the sender is told why, as `application/problem+json`.
    ///
    /// - Parameters:
    ///   - detail: Why, in one sentence for the sender.
    ///   - status: From 400 to 499; any other is the filter's failure. Default 422.
    /// - Returns: The verdict.
    public static func refuse(_ detail: String, status: HTTPResponse.Status = .unprocessableContent) -> MessageVerdict {
        MessageVerdict(kind: .refuse(status, detail))
    }
}
