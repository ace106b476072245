public import NIOCore
import Synchronization

/// Commands for a gateway that is one node: they are carried out where they are given.
public final class LocalControlPlane: ControlPlane {
    private let sink = Mutex<(any ControlSink)?>(nil)

    /// Makes a control plane.
    public init() {}

    /// Sets who carries commands out.
    public func deliver(to sink: any ControlSink) {
        self.sink.withLock { $0 = sink }
    }

    /// Has the node carry the command out, which has begun when this returns.
    public func send(_ command: ControlCommand) async throws(BrokerError) -> Int {
        guard let sink = sink.withLock({ $0 }) else { return 0 }
        sink.receive(command)
        return 1
    }

    /// Nobody: the node itself remembers.
    public func bars() async throws(BrokerError) -> [Bar] { [] }
}

extension LocalControlPlane: ClusterPlane {
    /// Does nothing: there is no other node to hear of.
    public func deliver(to sink: any ClusterSink) {}

    /// Does nothing: there is no other node.
    public func watch(for time: Duration) async throws(BrokerError) {}

    /// Does nothing: there is no other node.
    public func send(_ report: ByteBuffer, to watcher: String) async throws(BrokerError) -> Bool { false }
}
