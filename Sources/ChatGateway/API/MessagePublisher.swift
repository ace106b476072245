import HTTPTypes
import NIOCore

/// Takes a posted message to the broker.
struct MessagePublisher: Sendable {
    let broker: any Broker
    let metrics: GatewayMetrics

    /// Checks, stamps and stores a message, of a user where that is proven; returns what its sender is answered.
    func publish(
        _ bytes: ByteBuffer,
        to room: Room,
        from user: String?,
        origin: Origin? = nil
    ) async throws(Problem) -> (HTTPResponse.Status, ByteBuffer) {
        let body: MessageBody
        do throws(MessageBodyError) {
            body = try MessageBody(parsing: bytes)
        } catch {
            metrics.posted(.invalid)
            throw .badRequest(error.detail)
        }
        let now = WallClock.milliseconds()
        let message = Message(
            body: body.stamped(id: body.senderID ?? MessageID.random(at: now), room: room, time: now, user: user),
            // An id has no slash, so that no user can take another's place.
            repetitionKey: body.senderID.map { id in user.map { "\($0)/\(id)" } ?? id },
            origin: origin
        )
        do throws(BrokerError) {
            let began = NIODeadline.now()
            let receipt = try await broker.append(message, to: room)
            metrics.appendTime.recordNanoseconds((NIODeadline.now() - began).nanoseconds)
            switch receipt {
            case .stored:
                metrics.posted(.stored)
                return (.created, message.body)
            case .repeated(let cursor, let first):
                metrics.posted(.repeated)
                return (.ok, first ?? Self.unretained(body.senderID ?? "", room, cursor))
            }
        } catch {
            metrics.posted(.unavailable)
            throw .unavailable(error, writing: true)
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
}
