public import ChatGateway
import NIOCore

extension RedisBroker: SignalPlane {
    /// Sets who hears of signals.
    public func deliver(to sink: any SignalSink) {
        send(.signals(sink))
    }

    /// Publishes the signal to the room's channel, on which nodes hear its messages too.
    public func send(_ signal: Signal, to room: Room) async throws(BrokerError) {
        guard let command = SignalScripts.publish(signal, to: room, names: names) else { return }
        guard try await value(of: command) != nil else { throw Self.noAnswer }
    }
}

extension RedisBroker: PresencePlane {
    /// Renews the lease and takes the holdings over, in one step.
    public func update(_ update: PresenceUpdate) async throws(BrokerError) -> PresenceAnswer {
        guard let answer = try await value(of: PresenceScripts.update(update, names: names)),
            let read = PresenceScripts.readAnswer(answer)
        else { throw Self.noAnswer }
        return read
    }

    /// Takes out some rooms of a dead node, in one step: whatever nodes do it at the same time, each room once.
    public func sweep(_ node: String, limit: Int) async throws(BrokerError) -> Bool {
        guard let answer = try await value(of: PresenceScripts.sweep(node, limit: limit, names: names)) else {
            throw Self.noAnswer
        }
        return String(buffer: answer) == "more"
    }

    /// Sets the end of the lease, if the node has one.
    public func retire(_ node: String, after time: Duration) async throws(BrokerError) {
        _ = try await value(of: PresenceScripts.retire(node, after: time, names: names))
    }

    /// Who is in a room, as all nodes have said.
    public func presence(in room: Room, limit: Int) async throws(BrokerError) -> Presence {
        guard let answer = try await value(of: PresenceScripts.presence(in: room, limit: limit, names: names)),
            let presence = PresenceScripts.readPresence(answer)
        else { throw Self.noAnswer }
        return presence
    }
}
