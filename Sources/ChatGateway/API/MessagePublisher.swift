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
        from identity: Identity?,
        origin: Origin? = nil,
        screen: MessageScreen? = nil
    ) async throws(Problem) -> (HTTPResponse.Status, ByteBuffer) {
        var body: MessageBody
        do throws(MessageBodyError) {
            body = try MessageBody(parsing: bytes)
        } catch {
            metrics.posted(.invalid)
            throw .badRequest(error.detail)
        }
        let user = identity?.user
        // An id has no slash, so that no user can take another's place.
        let key = body.senderID.map { id in user.map { "\($0)/\(id)" } ?? id }
        if let screen {
            do throws(Problem) {
                body = try await screen.pass(body, bytes, to: room, from: identity)
            } catch {
                return try await answerUnpassed(error, key: key, id: body.senderID, room)
            }
        }
        let now = WallClock.milliseconds()
        let message = Message(
            body: body.stamped(id: body.senderID ?? MessageID.random(at: now), room: room, time: now, user: user),
            repetitionKey: key,
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

    /// What is said of a message that the filter did not let pass: the first result where it has been stored before.
    private func answerUnpassed(
        _ problem: Problem,
        key: String?,
        id: String?,
        _ room: Room
    ) async throws(Problem) -> (HTTPResponse.Status, ByteBuffer) {
        if let key, let id {
            do throws(BrokerError) {
                if case .repeated(let cursor, let first) = try await broker.repetition(of: key, in: room) {
                    metrics.posted(.repeated)
                    return (.ok, first ?? Self.unretained(id, room, cursor))
                }
            } catch {
                metrics.posted(.unavailable)
                throw .unavailable(BrokerError(stored: .unknown, reason: error.reason), writing: true)
            }
        }
        metrics.posted(problem.status.kind == .clientError ? .refused : .unjudged)
        throw problem
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
