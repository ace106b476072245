public import ChatGateway
import NIOCore

extension RedisBroker: SignalPlane {
    /// Sets who hears of signals.
    public func deliver(to sink: any SignalSink) {
        send(.signals(sink))
    }

    /// Publishes the signal to the room's channel, on which nodes hear its messages too.
    public func send(_ signal: Signal, to room: Room) async throws(BrokerError) {
        guard try await value(of: SignalScripts.publish(signal, to: room, names: names)) != nil else {
            throw Self.noAnswer
        }
    }
}
