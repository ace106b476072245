import NIOCore
import Synchronization

/// Sends this node's signals, and tells its listeners of everybody's.
///
/// That somebody is typing is told once a second, whatever node he reaches: a node holds back what it has sent or heard
/// within that time, and what two nodes have sent at the same moment is dropped by the nodes that hear of it.
final class SignalDesk: SignalSink {
    private struct State {
        var sent = TypingPace()
        var told = TypingPace()
    }

    private let plane: any SignalPlane
    private let fanout: Fanout
    private let clock: @Sendable () -> UInt64
    private let state = Mutex(State())

    /// - Parameters:
    ///   - plane: What carries signals to other nodes.
    ///   - fanout: Who brings them to streams.
    ///   - clock: Microseconds, never less than before.
    init(plane: any SignalPlane, fanout: Fanout, clock: @escaping @Sendable () -> UInt64 = Uptime.microseconds) {
        self.plane = plane
        self.fanout = fanout
        self.clock = clock
        plane.deliver(to: self)
    }

    /// Has all nodes told that somebody is typing, unless they were told within the last second.
    func typing(_ user: String, in room: Room) async throws(BrokerError) {
        let now = clock()
        let isDue = state.withLock { state in
            !state.told.isRecent(user, in: room, now: now) && state.sent.pass(user, in: room, now: now)
        }
        guard isDue else { return }
        do {
            try await plane.send(.typing(user: user), to: room)
        } catch {
            state.withLock { $0.sent.forget(user, in: room) }
            throw error
        }
    }

    func receive(_ signal: Signal, in room: Room) {
        guard fanout.wants(room) else { return }
        switch signal {
        case .typing(let user):
            let now = clock()
            guard state.withLock({ $0.told.pass(user, in: room, now: now) }) else { return }
            fanout.signal(StreamEvents.typing(room: room, user: user), in: room)
        case .presence(let change):
            fanout.signal(Self.event(of: change, in: room), in: room)
        }
    }

    /// What listeners are told of who has come and gone: the number alone where the names are longer than a room's signals may
    /// be, as names of nothing but escapes get six times as long.
    static func event(of change: PresenceChange, in room: Room) -> ByteBuffer {
        let event = StreamEvents.presence(room: room, change)
        guard event.readableBytes > LoopRoom.maximumSignals else { return event }
        return StreamEvents.presence(room: room, .init(streams: change.streams, joined: [], left: []))
    }
}
