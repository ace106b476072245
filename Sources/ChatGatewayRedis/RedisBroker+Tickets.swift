public import ChatGateway
public import NIOCore

extension RedisBroker: TicketStore {
    /// Keeps a value for a time, in Redis.
    public func keep(_ value: ByteBuffer, as name: String, for time: Duration) async throws(BrokerError) {
        var command = Command("SET", names.ticket(name))
        command.append(value)
        command.append("PX")
        command.append(time.milliseconds)
        _ = try await self.value(of: command)
    }

    /// Takes a value out: Redis hands it to one node, once.
    ///
    /// Where the link is lost before the answer nobody knows whether it still is there.
    public func take(_ name: String) async throws(BrokerError) -> ByteBuffer? {
        try await value(of: Command("GETDEL", names.ticket(name)))
    }

    /// The secret that the first node has left in Redis.
    public func sharedSecret(proposed: ByteBuffer) async throws(BrokerError) -> ByteBuffer {
        var command = Command("SET", names.secret)
        command.append(proposed)
        command.append("NX")
        _ = try await value(of: command)
        guard let secret = try await value(of: Command("GET", names.secret)) else {
            throw BrokerError(stored: .no, reason: "the nodes' secret is gone from Redis")
        }
        return secret
    }
}
