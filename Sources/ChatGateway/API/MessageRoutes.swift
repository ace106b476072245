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
        let page = try await HistoryQuery(target.parameters()).page(of: room, from: broker)
        return Response(
            status: .ok,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: HistoryQuery.body(page))
        )
    }
}
