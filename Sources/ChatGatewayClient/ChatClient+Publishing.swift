public import Foundation

extension ChatClient {
    /// A message that the gateway has stored.
    public struct Published: Hashable, Sendable {
        /// The message's id.
        public var id: String
        /// Whether it had been stored before.
        public var isRepetition: Bool
        /// The message as listeners get it; of a repetition that is no longer retained just `id`, `room` and `cursor`.
        public var json: Data
    }

    /// Publishes a message, once.
    ///
    /// Where the gateway is away, overloaded, or the answer is lost, it is posted again with the same id, for up to a
    /// minute: the gateway recognises it.
    ///
    /// - Parameters:
    ///   - message: What becomes one JSON object, without a member `id`.
    ///   - room: Where.
    ///   - id: The message's id, 1 to 64 of the characters A-Z, a-z, 0-9, `_` and `-`; the same one publishes nothing new
    ///     for five minutes. Default: a random one.
    /// - Returns: What was stored.
    /// - Throws: ``ChatClientError/Code/refused`` where the gateway does not want it;
    ///   ``ChatClientError/Code/unreadable`` where the answer is not this message, so that whoever gave it is no gateway, or
    ///   was never given the message; after a minute ``ChatClientError/Code/unavailable``, and then nobody knows whether
    ///   it was stored.
    @discardableResult
    public func publish(
        _ message: some Encodable,
        to room: String,
        id: String = UUID().uuidString
    ) async throws -> Published {
        let json = try JSONEncoder().encode(message)
        guard json.first == UInt8(ascii: "{") else {
            throw ChatClientError(.notAnObject, "Only what becomes a JSON object can be a message")
        }
        var body = Data("{\"id\":".utf8) + (try JSONEncoder().encode(id))
        if json.count > 2 { body.append(UInt8(ascii: ",")) }
        body += json.dropFirst()

        let deadline = ContinuousClock.now + .seconds(60)
        var plan = Reconnection()
        while true {
            var request = try await request(.POST, "/rooms/\(Self.encoded(room))/messages") {
                $0.add(name: "Content-Type", value: "application/json")
            }
            request.body = .bytes(body)
            let failure: ChatClientError
            do {
                let (status, answer) = try await answer(to: request)
                if status != 200, status != 201 {
                    failure = Self.refusal(status, answer)
                } else if Self.isMessage(answer, id: id) {
                    return Published(id: id, isRepetition: status == 200, json: answer)
                } else {
                    let reason = "The answer is not the message that was posted"
                    failure = ChatClientError(.unreadable, reason, status: status)
                }
            } catch {
                try Task.checkCancellation()
                failure = ChatClientError(.unavailable, "The gateway cannot be reached: \(error)")
            }
            guard failure.code == .unavailable else { throw failure }
            plan.failed(jitter: .random(in: 0...1))
            guard case .connect(let wait) = plan.step, ContinuousClock.now + .milliseconds(wait) < deadline else {
                throw failure
            }
            try await Task.sleep(for: .milliseconds(wait))
        }
    }

    /// Whether an answer shows what was stored: a redirect can turn a POST into a GET, and 200 then says nothing.
    private static func isMessage(_ answer: Data, id: String) -> Bool {
        struct Stored: Decodable {
            var id: String
        }
        return (try? JSONDecoder().decode(Stored.self, from: answer))?.id == id
    }
}
