import Hummingbird
import NIOCore

/// Posting and reading messages.
struct MessageRoutes: Sendable {
    let broker: any Broker
    let defaultRoom: Room
    /// Nil on a node that is open to everybody.
    var access: AccessControl?

    func add(to router: some RouterMethods<some RequestContext>) {
        router.post("chat") { request, context in
            try await post(request, to: defaultRoom)
        }
        router.post("rooms/{room}/messages") { request, context in
            try await post(request, to: room(of: request))
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

    private func post(_ request: Request, to room: Room) async throws -> Response {
        let user = try await access?.permit(.write, in: room, request)?.user
        guard Self.isJSON(request.headers[.contentType]) else { throw Problem.unsupportedMediaType }
        // The gate has collected the body and bounded it.
        let bytes = try await request.body.collect(upTo: .max)
        let body: MessageBody
        do {
            body = try MessageBody(parsing: bytes)
        } catch {
            throw Problem.badRequest(error.detail)
        }
        let now = WallClock.milliseconds()
        let message = Message(
            body: body.stamped(id: body.senderID ?? MessageID.random(at: now), room: room, time: now, user: user),
            // An id has no slash, so that no user can take another's place.
            repetitionKey: body.senderID.map { id in user.map { "\($0)/\(id)" } ?? id }
        )
        do throws(BrokerError) {
            switch try await broker.append(message, to: room) {
            case .stored: return Self.answer(.created, message.body)
            case .repeated(let cursor, let first):
                return Self.answer(.ok, first ?? Self.unretained(body.senderID ?? "", room, cursor))
            }
        } catch {
            throw Problem.unavailable(error, writing: true)
        }
    }

    /// What is known of a message that was stored, but is no longer retained.
    private static func unretained(_ id: String, _ room: Room, _ cursor: Cursor) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeStaticString("{\"id\":")
        bytes.writeJSONString(id)
        bytes.writeStaticString(",\"room\":")
        bytes.writeJSONString(room.name)
        bytes.writeString(",\"cursor\":\"\(cursor)\"}")
        return bytes
    }

    private static func isJSON(_ contentType: String?) -> Bool {
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
