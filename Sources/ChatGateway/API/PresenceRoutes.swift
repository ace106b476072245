import Hummingbird
import NIOCore

/// Telling who is in a room.
struct PresenceRoutes: Sendable {
    /// Nil on a node that does not note it.
    let desk: PresenceDesk?
    /// Nil on a node that is open to everybody.
    var access: AccessControl?

    func add(to router: some RouterMethods<GatewayRequestContext>) {
        router.get("rooms/{room}/presence") { request, _ in
            guard let target = RequestTarget(request.head.path ?? ""), case .presence(let name) = Endpoint(target),
                let desk
            else { throw Problem.notFound }
            let room = try Endpoint.room(name)
            _ = try await access?.permit(.read, in: room, request)
            let presence: Presence
            do throws(BrokerError) {
                presence = try await desk.presence(in: room)
            } catch {
                throw Problem.unavailable(error, writing: false)
            }
            return Response(
                status: .ok,
                headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: .init(byteBuffer: Self.body(presence))
            )
        }
    }

    private static func body(_ presence: Presence) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeString("{\"streams\":\(presence.streams),\"users\":[")
        for (index, user) in (presence.users ?? []).enumerated() {
            bytes.writeStaticString(index > 0 ? ",{\"user\":" : "{\"user\":")
            bytes.writeJSONString(user.name)
            bytes.writeString(",\"streams\":\(user.streams)}")
        }
        bytes.writeStaticString("]}")
        return bytes
    }
}
