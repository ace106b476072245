import Synchronization

/// Signals of a gateway that is one node: they are handed over where they are sent, and who is there is what it says.
public final class LocalSignalPlane: SignalPlane {
    private let sink = Mutex<(any SignalSink)?>(nil)
    private let board = Mutex(PresenceBoard())
    private let clock: @Sendable () -> UInt64

    /// Makes a signal plane.
    public convenience init() {
        self.init { Uptime.microseconds() / 1_000 }
    }

    /// - Parameter clock: Milliseconds, never less than before.
    init(clock: @escaping @Sendable () -> UInt64) {
        self.clock = clock
    }

    /// Sets who hears of signals.
    public func deliver(to sink: any SignalSink) {
        self.sink.withLock { $0 = sink }
    }

    /// Hands the signal over; the sink has heard of it when this returns.
    public func send(_ signal: Signal, to room: Room) async throws(BrokerError) {
        sink.withLock { $0?.receive(signal, in: room) }
    }
}

extension LocalSignalPlane: PresencePlane {
    /// Takes over what the node holds; its listeners have been told of what is due when this returns.
    public func update(_ update: PresenceUpdate) async throws(BrokerError) -> PresenceAnswer {
        let now = clock()
        let (changes, next) = board.withLock { board in
            for holding in update.holdings { board.apply(holding, now: now) }
            return board.tell(limit: update.limit, now: now)
        }
        for (room, change) in changes { try await send(.presence(change), to: room) }
        return PresenceAnswer(isKnown: true, next: next.map { .milliseconds($0) })
    }

    /// Nothing: there is no other node.
    public func sweep(_ node: String, at renewal: Int64, limit: Int) async throws(BrokerError) -> Bool { false }

    /// Nothing: with the node all is gone.
    public func retire(_ node: String, after time: Duration, within limit: Duration) async throws(BrokerError) {}

    /// Nobody: there is no other node.
    public func others(in room: Room, besides nodes: [String], limit: Int) async throws(BrokerError) -> Presence {
        Presence(streams: 0, users: [])
    }
}
