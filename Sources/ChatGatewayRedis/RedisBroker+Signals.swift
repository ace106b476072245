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
    /// Shows that the node lives and takes the holdings over, in one step.
    public func update(_ update: PresenceUpdate) async throws(BrokerError) -> PresenceAnswer {
        let answer = try await value(of: presenceScript) { PresenceScript.update(update, hash: $0, names: names) }
        guard let answer, let read = PresenceScript.readAnswer(answer) else { throw Self.noAnswer }
        return read
    }

    /// Takes out some rooms of a dead node, in one step: whatever nodes do it at the same time, each room once.
    public func sweep(_ node: String, at renewal: Int64, limit: Int) async throws(BrokerError) -> Bool {
        let answer = try await value(of: presenceScript) {
            PresenceScript.sweep(node, at: renewal, limit: limit, hash: $0, names: names)
        }
        guard let answer else { throw Self.noAnswer }
        return String(buffer: answer) == "more"
    }

    /// Notes that the node is going, if it is known.
    public func retire(_ node: String, after time: Duration, within limit: Duration) async throws(BrokerError) {
        _ = try await value(of: presenceScript, within: limit) {
            PresenceScript.retire(node, after: time, hash: $0, names: names)
        }
    }

    /// What all other nodes have said of a room.
    public func others(in room: Room, besides nodes: [String], limit: Int) async throws(BrokerError) -> Presence {
        let answer = try await value(of: presenceScript, isLookup: true) {
            PresenceScript.others(in: room, besides: nodes, limit: limit, hash: $0, names: names)
        }
        guard let answer, let presence = PresenceScript.readPresence(answer) else { throw Self.noAnswer }
        return presence
    }
}
