import NIOCore
import ServiceLifecycle
import Synchronization

/// The node's side of the fan-out: takes messages from the broker, encodes each once, and hands it to every loop that
/// has streams in its room.
///
/// It also knows which loops want which rooms, keeps the broker subscribed to exactly those, and asks the broker on the
/// loops' behalf.
final class Fanout: Service {
    /// How far the node is: up to where everything has arrived, and how often the broker's history has changed.
    struct Clock: Hashable, Sendable {
        var position = Position.zero
        var generation = 0
    }

    struct State {
        var timeline: Timeline?
        var clock = Clock()
        var rooms: [Room: NodeRoom] = [:]
        var frames = FrameBudget()
        var inboxes: [LoopInbox] = []
        /// Rooms that loops have joined or left since the broker was last told.
        var changed: Set<Room> = []
        /// The loops that wait for each read under way.
        var reads: [PageRead: [Int]] = [:]
    }

    /// A read of a room's log, shared by all loops that want the same.
    struct PageRead: Hashable {
        var room: Room
        var range: ReadRange
    }

    /// What ``run()`` asks the broker.
    private enum Question {
        case page(PageRead)
        case top(loop: Int)
    }

    let broker: any Broker
    /// Milliseconds since 1970, by which streams end whose tokens do.
    let wallClock: @Sendable () -> UInt64
    /// Where it is noted who comes and goes; nil where nobody wants to know.
    let presence: PresenceRecord?
    private let limits: StreamLimits
    private let settings: StreamSettings
    private let state = Mutex(State())
    // Bounded by who asks: a loop has one read per room, one search per room and `history`, and one question for the top
    // under way.
    private let questions: AsyncStream<Question>
    private let ask: AsyncStream<Question>.Continuation

    init(
        broker: any Broker,
        limits: StreamLimits,
        settings: StreamSettings,
        presence: PresenceRecord? = nil,
        wallClock: @escaping @Sendable () -> UInt64 = WallClock.milliseconds
    ) {
        self.broker = broker
        self.wallClock = wallClock
        self.presence = presence
        self.limits = limits
        self.settings = settings
        (questions, ask) = AsyncStream.makeStream()
    }

    /// Answers the loops' questions until shutdown.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await question in questions.cancelOnGracefulShutdown() {
                group.addTask { await self.answer(question) }
            }
        }
    }

    /// Rooms that some loop has joined.
    var roomCount: Int { state.withLock { $0.rooms.count } }

    var clock: Clock { state.withLock { $0.clock } }

    /// The streams of an event loop; to be called on it.
    func loop(on eventLoop: any EventLoop) -> StreamLoop {
        eventLoop.preconditionInEventLoop()
        let known = state.withLock { state in state.inboxes.first { $0.loop.eventLoop === eventLoop } }
        if let known { return known.loop.value }
        let loop = StreamLoop(eventLoop: eventLoop, fanout: self, settings: settings)
        let inbox = LoopInbox(loop: NIOLoopBound(loop, eventLoop: eventLoop))
        state.withLock { state in
            loop.index = state.inboxes.count
            state.inboxes.append(inbox)
            if let timeline = state.timeline {
                inbox.push(.timeline(timeline, generation: state.clock.generation))
            }
        }
        return loop
    }

    /// Takes one more stream in, or says why not.
    func admit(user: String?, address: ClientAddress?) -> StreamLimits.Admission {
        guard case .ready = broker.status else { return .refused(limits.isDraining ? .draining : .notReady) }
        return limits.admit(user: user, address: address)
    }

    /// A stream that was admitted is gone.
    func dismiss(user: String?, address: ClientAddress?, _ counted: StreamLimits.Counted) {
        limits.dismiss(user: user, address: address, counted)
    }

    /// Streams that were told to end, or refused, still hold their connections.
    func endingChanged(by change: Int) { limits.endingChanged(by: change) }

    /// Where what happens to streams is counted.
    var metrics: GatewayMetrics { limits.metrics }

    /// Every loop that has streams.
    var loops: [NIOLoopBound<StreamLoop>] { state.withLock { $0.inboxes.map(\.loop) } }
}

// MARK: What loops ask for

extension Fanout {
    /// A loop wants a room: it gets what the node has of it, then everything that comes.
    func join(_ room: Room, loop: Int) {
        let isNew = state.withLock { state in
            if let known = state.rooms[room] {
                if !known.loops.contains(loop) { known.loops.append(loop) }
                state.inboxes[loop].push(.joined(room, known.snapshot))
                return false
            }
            let new = NodeRoom(room: room)
            new.loops = [loop]
            state.rooms[room] = new
            state.inboxes[loop].push(.joined(room, new.snapshot))
            state.changed.insert(room)
            return state.changed.count == 1
        }
        if isNew { scheduleSubscriptions() }
    }

    /// A loop wants a room no more.
    func leave(_ room: Room, loop: Int) {
        let isLast = state.withLock { state in
            guard let known = state.rooms[room] else { return false }
            known.loops.removeAll { $0 == loop }
            guard known.loops.isEmpty else { return false }
            state.changed.insert(room)
            return state.changed.count == 1
        }
        if isLast { scheduleSubscriptions() }
    }

    /// Reads a part of a room's log; the answer comes as ``LoopInbox/Item/page(_:_:_:)``.
    func read(_ range: ReadRange, of room: Room, for loop: Int) {
        let read = PageRead(room: room, range: range)
        let isFirst = state.withLock { state in
            state.reads[read, default: []].append(loop)
            return state.reads[read]?.count == 1
        }
        if isFirst { ask.yield(.page(read)) }
    }

    /// Asks the broker for its timeline and top; the answer comes as ``LoopInbox/Item/top(_:)``.
    func askTop(for loop: Int) {
        ask.yield(.top(loop: loop))
    }

    /// Sends a loop everything the node has, after its queue has overflowed.
    func resend(to loop: Int) {
        state.withLock { state in
            let inbox = state.inboxes[loop]
            if let timeline = state.timeline {
                inbox.push(.timeline(timeline, generation: state.clock.generation))
            }
            let rooms = state.rooms.values.filter { $0.loops.contains(loop) }
            inbox.push(.resent(rooms.map { ($0.room, $0.snapshot) }))
        }
    }

    /// Whether some loop has joined a room.
    func wants(_ room: Room) -> Bool {
        state.withLock { $0.rooms[room]?.loops.isEmpty == false }
    }

    /// Brings an event without an id to the streams of a room that are at its head and whose sockets take it.
    func signal(_ event: ByteBuffer, in room: Room) {
        state.withLock { state in
            for loop in state.rooms[room]?.loops ?? [] { state.inboxes[loop].push(.signal(room, event)) }
        }
    }

    private func answer(_ question: Question) async {
        switch question {
        case .page(let read):
            let page = try? await broker.read(read.range, of: read.room)
            state.withLock { state in
                for loop in state.reads.removeValue(forKey: read) ?? [] {
                    state.inboxes[loop].push(.page(read.room, page, read.range))
                }
            }
        case .top(let loop):
            let answer = try? await broker.top()
            state.withLock { $0.inboxes[loop].push(.top(answer)) }
        }
    }

    /// Has the broker told, on one loop so that the calls keep their order, and outside the lock.
    private func scheduleSubscriptions() {
        guard let eventLoop = state.withLock({ $0.inboxes.first?.loop.eventLoop }) else { return }
        eventLoop.execute { self.updateSubscriptions() }
    }

    private func updateSubscriptions() {
        // Until the broker says that a subscription is over, what it tells of the room belongs to that one: who joins
        // meanwhile waits for a subscription of its own.
        let (wanted, unwanted) = state.withLock { state in
            var wanted: [Room] = []
            var unwanted: [Room] = []
            for room in state.changed {
                guard let known = state.rooms[room], !known.isLeaving else { continue }
                if known.loops.isEmpty {
                    state.frames.byteCount -= known.leave()
                    if known.isLeaving { unwanted.append(room) } else { state.rooms[room] = nil }
                } else if !known.isSubscribed {
                    known.isSubscribed = true
                    wanted.append(room)
                }
            }
            state.changed = []
            return (wanted, unwanted)
        }
        for room in unwanted { broker.unsubscribe(room) { self.left(room) } }
        for room in wanted { broker.subscribe(room) }
    }

    /// The broker tells nothing more of a room.
    private func left(_ room: Room) {
        let isWantedAgain = state.withLock { state in
            guard let known = state.rooms[room] else { return false }
            known.isLeaving = false
            known.isSubscribed = false
            if known.loops.isEmpty { state.rooms[room] = nil } else { state.changed.insert(room) }
            return !known.loops.isEmpty
        }
        if isWantedAgain { scheduleSubscriptions() }
    }
}

// MARK: What the broker tells

extension Fanout: BrokerSink {
    func receive(_ event: BrokerEvent) {
        state.withLock { state in
            switch event {
            case .message(let room, let entry): state.message(entry, in: room)
            case .clock(let position): state.clock.position = max(state.clock.position, position)
            case .read(let room, let entries, let restart): state.read(entries, restart: restart, in: room)
            case .whole(let room, let clock): state.whole(room, clock: clock)
            case .stalled:
                metrics.stalled()
                state.stalled()
            case .timeline(let timeline): state.crossed(to: timeline)
            }
        }
    }
}

extension Fanout.State {
    mutating func message(_ entry: Entry, in room: Room) {
        guard let timeline else { return }
        clock.position = max(clock.position, entry.position)
        guard let known = rooms[room], known.isWhole, entry.position > known.end else { return }
        // The broker vouches that nothing is between: a bound in place of the message before must not read as a hole.
        let frame = Frame(entry, epoch: timeline.epoch, previous: known.end)
        frames.append(frame, to: known)
        for loop in known.loops { inboxes[loop].push(.frame(room, frame)) }
    }

    mutating func read(_ entries: [Entry], restart: Position?, in room: Room) {
        guard let timeline, let known = rooms[room], !known.isLeaving else { return }
        if let restart { frames.byteCount -= known.restart(at: restart) }
        var new: [Frame] = []
        for entry in entries where entry.position > known.end {
            let frame = Frame(entry, epoch: timeline.epoch, previous: known.end)
            frames.append(frame, to: known)
            new.append(frame)
        }
        for loop in known.loops { inboxes[loop].push(.read(room, new, restart: restart)) }
    }

    mutating func whole(_ room: Room, clock position: Position) {
        clock.position = max(clock.position, position)
        guard let known = rooms[room], !known.isLeaving else { return }
        known.isWhole = true
        for loop in known.loops { inboxes[loop].push(.whole(room)) }
    }

    mutating func stalled() {
        for room in rooms.values where room.isWhole {
            room.isWhole = false
            room.complete = clock.position
        }
        for inbox in inboxes { inbox.push(.stalled(complete: clock.position)) }
    }

    mutating func crossed(to new: Timeline) {
        defer {
            timeline = new
            clock.generation += 1
            for inbox in inboxes { inbox.push(.timeline(new, generation: clock.generation)) }
        }
        guard let old = timeline else { return }
        guard let cut = new.cut(of: Cursor(epoch: old.epoch, position: clock.position)) else { return }
        clock.position = cut
        for room in rooms.values {
            frames.byteCount -= room.restart(at: min(room.end, cut))
            room.complete = min(room.complete, cut)
        }
    }
}
