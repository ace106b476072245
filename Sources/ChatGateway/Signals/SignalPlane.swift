/// What carries signals to all nodes.
public protocol SignalPlane: Sendable {
    /// Sets who hears of signals; called once, before anything else.
    func deliver(to sink: any SignalSink)

    /// Sends a signal to every node that wants the room, this one included.
    ///
    /// Answers within 5 seconds. A node whose way to the others is cut just then misses the signal.
    func send(_ signal: Signal, to room: Room) async throws(BrokerError)
}

/// Who hears of signals: a node.
public protocol SignalSink: Sendable {
    /// Takes a signal over. Called by one thread at a time for each room; must not block.
    func receive(_ signal: Signal, in room: Room)
}
