import Synchronization

/// Signals of a gateway that is one node: they are handed over where they are sent.
public final class LocalSignalPlane: SignalPlane {
    private let sink = Mutex<(any SignalSink)?>(nil)

    /// Makes a signal plane.
    public init() {}

    /// Sets who hears of signals.
    public func deliver(to sink: any SignalSink) {
        self.sink.withLock { $0 = sink }
    }

    /// Hands the signal over; the sink has heard of it when this returns.
    public func send(_ signal: Signal, to room: Room) async throws(BrokerError) {
        sink.withLock { $0?.receive(signal, in: room) }
    }
}
