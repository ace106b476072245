import NIOCore
import ServiceLifecycle
import Synchronization

/// A broker inside the process, for a gateway that is one node: nothing to install, nothing survives the process.
///
/// Giving a message its position, storing it and handing it to the sink are one step under one lock, so that every
/// subscribed room is whole at all times. It works from the moment it is made; ``run()`` only adds that what has become
/// too old goes away when no message comes in. Each start is an epoch of its own.
///
/// Memory is bounded: per room by ``HistoryLimits``, for all rooms together by 256 MiB (then the oldest messages go
/// first, whatever their room), and by 10,000 silent rooms whose last position is remembered. A room that is silent for
/// 7 days, or one room too many, is forgotten: its next message has a bound as ``Entry/previous``. 500,000 repetition
/// keys can be remembered at one time; a message with a further one is refused.
public final class LocalBroker: Broker {
    private struct State {
        var sink: (any BrokerSink)?
        let timeline = Timeline(epoch: .random())
        var logs: LocalLogs
        var repetitions: RepetitionRecords
        /// The highest position that the sink has heard of.
        var told: Position = .zero

        init(limits: Limits) {
            logs = LocalLogs(limits: limits)
            repetitions = RepetitionRecords(limits: limits)
        }
    }

    private let limits: Limits
    private let clock: @Sendable () -> UInt64
    private let state: Mutex<State>

    /// Makes a broker.
    /// - Parameters:
    ///   - history: How much of each room's past is kept; of a room that has any, at least the last message.
    ///   - clock: Milliseconds since 1970.
    public convenience init(
        history: HistoryLimits = HistoryLimits(),
        clock: @escaping @Sendable () -> UInt64 = WallClock.milliseconds
    ) {
        self.init(limits: Limits(history: history), clock: clock)
    }

    init(limits: Limits, clock: @escaping @Sendable () -> UInt64) {
        self.limits = limits
        self.clock = clock
        state = Mutex(State(limits: limits))
    }

    /// Always ready.
    public var status: BrokerStatus { .ready }

    /// Sets who hears of messages, and tells it the epoch at once.
    public func deliver(to sink: any BrokerSink) {
        let now = clock()
        state.withLock { state in
            state.sink = sink
            sink.receive(.timeline(state.timeline))
            for room in state.logs.followed { begin(room, now: now, &state) }
        }
    }

    /// Follows a room; the sink has heard of it when this returns.
    public func subscribe(_ room: Room) {
        let now = clock()
        state.withLock { state in
            guard state.logs.follow(room) else { return }
            begin(room, now: now, &state)
        }
    }

    /// Follows a room no longer; the sink hears nothing of it from here on.
    public func unsubscribe(_ room: Room, done: @escaping @Sendable () -> Void) {
        state.withLock { $0.logs.unfollow(room) }
        done()
    }

    /// Stores a message and hands it over; the sink has heard of it when this returns.
    public func append(_ message: Message, to room: Room) async throws(BrokerError) -> Receipt {
        try state.withLock { state throws(BrokerError) -> Receipt in
            // Read under the lock, or a message could be younger than one behind it.
            let now = clock()
            _ = state.repetitions.expire(now: now, atMost: 4)
            let epoch = state.timeline.epoch
            if let key = message.repetitionKey {
                if let position = state.repetitions.position(of: key, in: room, now: now) {
                    let body = state.logs.body(at: position, in: room)
                    return .repeated(Cursor(epoch: epoch, position: position), body: body)
                }
                if state.repetitions.isFull {
                    throw BrokerError(stored: .no, reason: "too many messages with ids of their own in 5 minutes")
                }
            }
            let entry = state.logs.append(message.body, from: message.origin, to: room, now: now)
            if let key = message.repetitionKey {
                state.repetitions.insert(key, in: room, at: entry.position, now: now)
            }
            if state.logs.followed.contains(room), let sink = state.sink {
                state.told = entry.position
                sink.receive(.message(room, entry))
            }
            return .stored(Cursor(epoch: epoch, position: entry.position))
        }
    }

    /// Looks a message up that was appended lately with a repetition key.
    public func repetition(of key: String, in room: Room) async throws(BrokerError) -> Receipt? {
        let now = clock()
        return state.withLock { state in
            guard let position = state.repetitions.position(of: key, in: room, now: now) else { return nil }
            let cursor = Cursor(epoch: state.timeline.epoch, position: position)
            return .repeated(cursor, body: state.logs.body(at: position, in: room))
        }
    }

    /// Reads what is retained of a room's log.
    public func read(_ range: ReadRange, of room: Room) async throws(BrokerError) -> Page {
        let now = clock()
        return state.withLock { state in
            let (entries, hasMore) = state.logs.read(range, of: room, now: now)
            return Page(
                entries: entries,
                hasMore: hasMore,
                last: state.logs.last(of: room),
                timeline: state.timeline
            )
        }
    }

    /// The epoch and the highest position given in it.
    public func top() async throws(BrokerError) -> (timeline: Timeline, top: Position) {
        state.withLock { ($0.timeline, $0.logs.top) }
    }

    /// Clears away, once a second, what has become too old, until the service is told to stop.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                self.tick()
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// Clears away what has become too old, and tells the sink of positions given to messages that it did not hear of.
    func tick() {
        let now = clock()
        var isMore = true
        // In portions, so that no message waits for long.
        while isMore {
            isMore = state.withLock { state in
                let moreLogs = state.logs.expire(now: now, atMost: 1000)
                let moreRecords = state.repetitions.expire(now: now, atMost: 1000)
                return moreLogs || moreRecords
            }
        }
        state.withLock { state in
            guard state.told < state.logs.top, let sink = state.sink else { return }
            state.told = state.logs.top
            sink.receive(.clock(state.logs.top))
        }
    }

    /// How much is held: rooms known, messages retained, their memory in bytes, repetition keys.
    var holdings: (rooms: Int, messages: Int, bytes: Int, keys: Int) {
        state.withLock { state in
            (state.logs.counts.rooms, state.logs.counts.messages, state.logs.bytes, state.repetitions.count)
        }
    }

    private func begin(_ room: Room, now: UInt64, _ state: inout State) {
        guard let sink = state.sink else { return }
        let range = ReadRange(
            after: .zero,
            through: .last,
            limit: limits.tail.count,
            byteLimit: limits.tail.bytes,
            from: .newest
        )
        let entries = state.logs.read(range, of: room, now: now).entries
        let restart = entries.first?.previous ?? state.logs.last(of: room)
        state.told = state.logs.top
        sink.receive(.read(room, entries: entries, restart: restart))
        sink.receive(.whole(room, clock: state.logs.top))
    }
}
