import HTTPTypes
import Hummingbird
import NIOCore

/// Telling a room that somebody is typing.
struct TypingRoutes: Sendable {
    let desk: SignalDesk
    let pace: MessagePace
    /// Nil on a node that is open to everybody.
    var access: AccessControl?

    func add(to router: some RouterMethods<GatewayRequestContext>) {
        router.post("rooms/{room}/typing") { request, context in
            let room = try room(of: request)
            let sender = try await access?.permit(.write, in: room, request)?.user
            let bytes = try await request.body.collect(upTo: .max)
            // Of somebody who is known nothing in the body counts, so that there need be none.
            let isJSON = request.headers[.contentType].map(MessagePosting.isJSON) ?? false
            guard isJSON || (sender != nil && bytes.readableBytes == 0) else { throw Problem.unsupportedMediaType }
            try await pace.admit(sender, peer: { context.peer }) { name in
                HTTPField.Name(name).map { request.headers[values: $0] } ?? []
            }
            let user = if let sender { sender } else { try Self.user(bytes) }
            do throws(BrokerError) {
                try await desk.typing(user, in: room)
            } catch {
                throw Problem.unavailable(error, writing: false)
            }
            return Response(status: .accepted)
        }
    }

    private func room(of request: Request) throws(Problem) -> Room {
        guard let target = RequestTarget(request.head.path ?? ""), case .typing(let encoded) = Endpoint(target) else {
            throw .notFound
        }
        return try Endpoint.room(encoded)
    }

    /// Who types, as he says himself.
    static func user(_ body: ByteBuffer) throws(Problem) -> String {
        let bytes = body.readableBytesUInt8Span
        var scanner = JSONScanner()
        do throws(JSONError) {
            try scanner.scanObjectDocument(bytes)
        } catch {
            throw .badRequest(MessageBodyError.json(error).detail)
        }
        guard let member = scanner.members.first(where: { $0.name == .user }),
            let user = JSONNames.unescaped(stringAt: member.value, in: bytes), (1...64).contains(user.count),
            user.utf8.count <= PresenceRegister.maximumName
        else { throw .badRequest("“user” must be a string of 1 to 64 characters") }
        return user
    }
}
