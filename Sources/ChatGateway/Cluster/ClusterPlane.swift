public import NIOCore

/// What brings nodes' reports to the node at which somebody looks at the cluster.
///
/// Nothing here is stored, and nothing is sent while nobody looks. Each call answers within 5 seconds.
public protocol ClusterPlane: Sendable {
    /// Sets who hears of other nodes; called once, before anything else.
    func deliver(to sink: any ClusterSink)

    /// Has every other node send its reports here for a time, which is counted from now.
    ///
    /// A node whose way to the others is cut just then does not hear of it.
    func watch(for time: Duration) async throws(BrokerError)

    /// Sends this node's report to one that watches.
    ///
    /// - Returns: Whether that node is still there.
    func send(_ report: ByteBuffer, to watcher: String) async throws(BrokerError) -> Bool
}

/// Who hears of other nodes: a node.
public protocol ClusterSink: Sendable {
    /// Another node wants reports for a time; `watcher` is what ``ClusterPlane/send(_:to:)`` knows it by. Must not block.
    func isWatched(by watcher: String, for time: Duration)

    /// Another node reports. Called by one thread at a time; must not block.
    func receive(_ report: ByteBuffer)
}
