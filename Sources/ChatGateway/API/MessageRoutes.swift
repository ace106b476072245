import HTTPTypes
import Hummingbird
import NIOCore

/// Posting and reading messages.
struct MessageRoutes: Sendable {
    let broker: any Broker
    let defaultRoom: Room
    let pace: MessagePace
    /// Nil on a node that is open to everybody.
    var access: AccessControl?

    private var publisher: MessagePublisher { MessagePublisher(broker: broker, metrics: pace.metrics) }

    func add(to router: some RouterMethods<GatewayRequestContext>) {
        router.post("chat") { request, context in
            try await post(request, to: defaultRoom, context)
        }
        router.post("rooms/{room}/messages") { request, context in
            try await post(request, to: room(of: request), context)
        }
        router.get("rooms/{room}/messages") { request, context in
            try await list(request, of: room(of: request))
        }
    }

    // The router's own parameter is decoded already, and a broken encoding lost.
    private func room(of request: Request) throws(Problem) -> Room {
        guard let target = RequestTarget(request.head.path ?? ""), case .messages(let encoded) = Endpoint(target) else {
            throw .notFound
        }
        return try Endpoint.room(encoded)
    }

    // MARK: Posting

    private func post(
        _ request: Request,
        to room: Room,
        _ context: GatewayRequestContext
    ) async throws -> Response {
        let user = try await access?.permit(.write, in: room, request)?.user
        guard Self.isJSON(request.headers[.contentType]) else { throw Problem.unsupportedMediaType }
        try await pace.admit(request, from: user, peer: context.peer)
        // The gate has collected the body and bounded it.
        let bytes = try await request.body.collect(upTo: .max)
        let (status, message) = try await publisher.publish(
            bytes,
            to: room,
            from: user,
            origin: origin(of: request, user)
        )
        return Self.answer(status, message)
    }

    /// What keeps the message from the sender's own stream, where he names it.
    private func origin(of request: Request, _ user: String?) -> Origin? {
        let stream = request.headers[.streamID].flatMap { Origin.stream(id: $0) }
        return Origin(stream: stream, isAnonymous: access != nil && user == nil)
    }

    static func isJSON(_ contentType: String?) -> Bool {
        guard let type = contentType?.split(separator: ";", omittingEmptySubsequences: false).first else {
            return false
        }
        return type.filter { $0 != " " && $0 != "\t" }.lowercased() == "application/json"
    }

    private static func answer(_ status: HTTPResponse.Status, _ body: ByteBuffer) -> Response {
        Response(status: status, headers: [.contentType: "application/json"], body: .init(byteBuffer: body))
    }

    // MARK: Reading

    private func list(_ request: Request, of room: Room) async throws -> Response {
        guard let target = RequestTarget(request.head.path ?? "") else { throw Problem.notFound }
        _ = try await access?.permit(.read, in: room, request)
        let query = try HistoryQuery(target.parameters())
        let answer: Result<ByteBuffer, Problem>
        do throws(BrokerError) {
            let page = try await broker.read(query.range, of: room)
            var behind: Page?
            if page.entries.isEmpty, let range = query.rangeBehind { behind = try await broker.read(range, of: room) }
            // Only the broker knows whether a cursor behind the room's last message was ever given.
            let top = query.reachesBeyond(page.last) ? try await broker.top().top : page.last
            answer = query.answer(page, behind: behind, top: top)
        } catch {
            throw Problem.unavailable(error, writing: false)
        }
        return Self.answer(.ok, try answer.get())
    }
}

extension HTTPField.Name {
    fileprivate static let streamID = HTTPField.Name("X-Stream-Id") ?? .init(parsed: "x-stream-id") ?? .accept
}
