public import ChatGateway
import NIOCore

extension RedisBroker: ControlPlane {
    /// Sets who carries commands out.
    public func deliver(to sink: any ControlSink) {
        send(.control(sink))
    }

    /// Remembers the bar in Redis and publishes the command, in one step.
    public func send(_ command: ControlCommand) async throws(BrokerError) -> Int {
        guard let answer = try await value(of: ControlScripts.command(command, names: names)) else {
            throw Self.noAnswer
        }
        let text = String(buffer: answer)
        if text == "full" { throw BrokerError(stored: .no, reason: "\(Bar.limit) users are barred, which is the most") }
        guard let nodes = Int(text) else { throw Self.noAnswer }
        return nodes
    }

    /// Everybody whom Redis knows to be barred.
    public func bars() async throws(BrokerError) -> [Bar] {
        guard let answer = try await value(of: ControlScripts.bars(names: names)),
            let bars = ControlScripts.read(answer)
        else {
            throw Self.noAnswer
        }
        return bars
    }
}
