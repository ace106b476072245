import Hummingbird
import NIOCore

/// Giving tickets to those who have a token.
struct TicketRoutes: Sendable {
    /// Nil on a node that is open to everybody, where nobody needs a ticket.
    let access: AccessControl?

    func add(to router: some RouterMethods<some RequestContext>) {
        router.post("tickets") { request, _ in
            guard let access else { throw Problem.notFound }
            guard let identity = try await access.identity(of: request) else { throw Problem.noToken }
            let (ticket, expires) = try await access.ticket(for: identity)
            var body = ByteBuffer()
            body.writeString("{\"ticket\":\"\(ticket.text)\",\"expires\":\"")
            body.writeTimestamp(expires)
            body.writeStaticString("\"}")
            return Response(
                status: .created,
                headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: .init(byteBuffer: body)
            )
        }
    }
}
