import HTTPTypes
import Hummingbird
import NIOCore

/// Reading messages; ``MessagePosting`` takes them in.
struct MessageRoutes: Sendable {
    let broker: any Broker
    /// Nil on a node that is open to everybody.
    var access: AccessControl?

    func add(to router: some RouterMethods<some RequestContext>) {
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
        return Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: try answer.get())
        )
    }
}
