import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Takes in what clients post in rooms.
///
/// The gate asks it directly: a router's way there and back would cost more than all that is done here.
struct MessagePosting: Sendable {
    let publisher: MessagePublisher
    let pace: MessagePace
    let defaultRoom: Room
    /// Nil on a node that is open to everybody.
    var access: AccessControl?
    /// Nil where every message passes.
    var screen: MessageScreen?

    /// What the sender is told: a message in JSON.
    struct Answer: Sendable {
        var status: HTTPResponseStatus
        var body: ByteBuffer
    }

    /// Where something is posted to; nil where nothing can be.
    func room(of endpoint: Endpoint) throws(Problem) -> Room? {
        switch endpoint {
        case .chat: return defaultRoom
        case .messages(let encoded): return try Endpoint.room(encoded)
        case .roomEvents, .events, .typing, .presence, .tickets, .page: return nil
        }
    }

    /// Takes the body of a request in as a message.
    func post(
        _ head: HTTPRequestHead,
        _ bytes: ByteBuffer,
        to room: Room,
        on channel: any Channel
    ) async throws(Problem) -> Answer {
        let sender = try await sender(head, in: room)
        let types = head.headers["content-type"]
        guard types.count == 1, Self.isJSON(types[0]) else { throw .unsupportedMediaType }
        try await pace.admit(sender?.user, peer: { channel.remoteAddress }, fields: { head.headers[$0] })
        let (status, message) = try await publisher.publish(
            bytes,
            to: room,
            from: sender,
            origin: origin(head, sender),
            screen: screen
        )
        return Answer(status: HTTPResponseStatus(statusCode: status.code), body: message)
    }

    /// Who posts, where somebody has to show that.
    private func sender(_ head: HTTPRequestHead, in room: Room) async throws(Problem) -> Identity? {
        guard let access else { return nil }
        guard let request = try? HTTPRequest(head, secure: false, splitCookie: false) else { throw .unreadable }
        let bare = Request(head: request, body: RequestBody(buffer: ByteBuffer()))
        return try await access.permit(.write, in: room, bare)
    }

    /// What keeps the message from the sender's own stream, where he names it.
    private func origin(_ head: HTTPRequestHead, _ sender: Identity?) -> Origin? {
        let stream = head.headers.first(name: "X-Stream-Id").flatMap { Origin.stream(id: $0) }
        return Origin(stream: stream, isAnonymous: access != nil && sender == nil)
    }

    /// Whether a `Content-Type` is JSON's, with parameters or without.
    static func isJSON(_ type: String) -> Bool {
        let isUpper = { (byte: UInt8) in byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }
        return type.utf8.lazy.prefix { $0 != UInt8(ascii: ";") }
            .filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
            .map { isUpper($0) ? $0 | 0x20 : $0 }
            .elementsEqual("application/json".utf8)
    }
}
