public import ChatGateway
public import NIOCore

extension RedisBroker: ClusterPlane {
    /// Sets who hears of other nodes.
    public func deliver(to sink: any ClusterSink) {
        send(.cluster(sink))
    }

    /// Publishes to the channel of operators' commands that this node's own channel takes reports.
    public func watch(for time: Duration) async throws(BrokerError) {
        guard try await value(of: ClusterScripts.watch(for: time, channel: nodeChannel, names: names)) != nil else {
            throw Self.noAnswer
        }
    }

    /// Publishes the report to the channel of the node that watches, which nobody else hears.
    public func send(_ report: ByteBuffer, to watcher: String) async throws(BrokerError) -> Bool {
        guard let answer = try await value(of: ClusterScripts.report(report, to: watcher, names: names)) else {
            throw Self.noAnswer
        }
        return String(buffer: answer) != "0"
    }
}
