import NIOCore

/// The streams of one event loop, the rooms they are in, and the passes that bring messages to them.
///
/// Everything here happens on the loop; what other threads have for it comes through its ``LoopInbox``.
final class StreamLoop {
    /// Streams looked at in one slice because their turn has come.
    private static let turnCount = 256

    let eventLoop: any EventLoop
    let fanout: Fanout
    let settings: StreamSettings
    /// Which of the node's loops this is.
    var index = 0

    private(set) var timeline: Timeline?
    /// How often the node had learnt of a new history when this loop heard of the present one.
    private(set) var generation = 0
    private(set) var rooms: [Room: LoopRoom] = [:]
    private(set) var streams: [EventStream] = []
    /// Streams that could not be opened at once, and some of them that are no longer opening.
    var openings: [EventStream] = []
    private(set) var rota = Rota()
    /// Streams whose turn has come, and which have not been looked at.
    private var due: ArraySlice<EventStream> = []

    /// Messages written to streams since the start.
    var deliveries = 0
    /// Streams whose sockets have not taken what was written.
    var blockedCount = 0
    /// From append to written, of all messages since the start.
    private(set) var latencies = LatencyTally()
    private var worstLag = TimeAmount.zero
    private lazy var metrics = fanout.metrics.loop(index)
    private var tickDue = NIODeadline.uptimeNanoseconds(0)
    /// The loop's own coarse time.
    private(set) var tick: UInt32 = 0
    /// Runs the tasks of requests on this loop.
    let executor: LoopExecutor
    let heartbeatTicks: UInt32
    let slowTicks: UInt32
    let startTicks: UInt32
    private let lingerTicks: UInt32
    private var isTicking = false

    #if os(Linux)
    var sockets = SocketTable()
    weak var inbox: SocketInbox?
    /// What has come through the inbox and is yet to be taken.
    var happenings: ArraySlice<SocketInbox.Item> = []
    #endif
    let slices: Slices
    let passes: Passes
    var segments = SegmentBudget()

    /// Streams whose listeners are ahead of the node, until the broker has been asked and while it is.
    var toAsk: [EventStream] = []
    var asking: [EventStream] = []

    /// Streams that were told to end and are not closed yet.
    var endingCount = 0 {
        didSet { fanout.endingChanged(by: endingCount - oldValue) }
    }
    var drained: EventLoopPromise<Void>?

    init(eventLoop: any EventLoop, fanout: Fanout, settings: StreamSettings) {
        self.eventLoop = eventLoop
        self.fanout = fanout
        self.settings = settings
        executor = LoopExecutor(eventLoop)
        slices = Slices(eventLoop: eventLoop)
        passes = Passes(slices)
        // One more than the interval, as a stream's last write was somewhere within its tick.
        heartbeatTicks = settings.ticks(settings.heartbeat) + 1
        slowTicks = settings.ticks(settings.slowLimit) + 1
        startTicks = settings.ticks(settings.startLimit)
        lingerTicks = settings.ticks(settings.linger)
        passes.ended = { [unowned self] room in measure(room) }
        slices.work = { [weak self] in self?.slice() }
    }

    var epoch: Epoch? { timeline?.epoch }

    func assertInLoop() { eventLoop.assertInEventLoop() }

    private func slice() {
        #if os(Linux)
        takeHappenings()
        #endif
        takeTurns()
        passes.run()
    }
}

// MARK: Streams come and go

extension StreamLoop {
    /// Takes a stream in, or says why not.
    func admit(_ stream: EventStream) -> EndReason? {
        switch fanout.admit(user: stream.user, address: stream.countedAddress) {
        case .refused(let reason): return reason
        case .admitted(let counted): stream.counted = counted
        }
        stream.listIndex = streams.count
        stream.isListed = true
        streams.append(stream)
        rota.set(stream, at: tick &+ 1)
        if !isTicking { startTicking() }
        return nil
    }

    /// A stream goes on opening when something comes that it waits for.
    func waitToOpen(_ stream: EventStream) { openings.append(stream) }

    /// A stream whose socket is full is looked at every tick.
    func watch(_ stream: EventStream) {
        if stream.isListed, stream.turn.tick != tick &+ 1 { rota.set(stream, at: tick &+ 1) }
    }

    func join(_ stream: EventStream, _ name: Room) {
        let room: LoopRoom
        if let known = rooms[name] {
            room = known
        } else {
            room = LoopRoom(room: name)
            rooms[name] = room
            fanout.join(name, loop: index)
        }
        stream.cursor.join(room, index: room.add(stream))
        fanout.presence?.joined(name, stream.user)
    }

    func remove(_ stream: EventStream) {
        guard stream.isListed else { return }
        stream.isListed = false
        rota.remove(stream)
        if let last = streams.popLast(), last !== stream {
            streams[stream.listIndex] = last
            last.listIndex = stream.listIndex
        }
        fanout.presence?.left(stream.cursor.rooms.map(\.room), stream.user)
        for room in stream.cursor.leave() {
            room.idleSince = tick
            _ = room.release()
        }
        fanout.dismiss(user: stream.user, address: stream.countedAddress, stream.counted)
    }

    /// Lets go of a room that has had no streams for long enough.
    private func sweep() {
        for room in rooms.values {
            guard let since = room.idleSince, room.members.isEmpty, tick &- since >= lingerTicks else { continue }
            rooms[room.room] = nil
            segments.byteCount -= room.byteCount
            room.restart(at: .zero)
            fanout.leave(room.room, loop: index)
        }
    }
}

// MARK: What comes

extension StreamLoop {
    /// Takes over what has come through the inbox; nil where that has overflowed.
    func takeDelivery(_ items: [LoopInbox.Item]?) {
        assertInLoop()
        var opens = false
        if let items {
            for item in items { opens = take(item) || opens }
        } else {
            overflowed()
        }
        if opens { proceed() }
        // Of two chains of slices one is always due: see ``Slices``.
        if !slices.isScheduled { passes.run() }
    }

    private func proceed() {
        for stream in openings { stream.proceed() }
        openings.removeAll { $0.opening == nil }
    }

    /// Returns whether streams that are opening may go on.
    private func take(_ item: LoopInbox.Item) -> Bool {
        switch item {
        case .frame(let name, let frame):
            guard let room = rooms[name], room.isWhole, !room.awaitsSnapshot else { return false }
            append(frame, to: room)
            if room.unmeasured == nil { room.unmeasured = frame.position }
            return false
        case .joined(let name, let snapshot):
            joined(name, snapshot)
            return true
        case .resent(let snapshots):
            for (name, snapshot) in snapshots { joined(name, snapshot) }
            return true
        case .read(let name, let frames, let position):
            guard let room = rooms[name], !room.awaitsSnapshot else { return false }
            if let position { restart(room, at: position) }
            for frame in frames { append(frame, to: room) }
            return false
        case .whole(let name):
            guard let room = rooms[name], !room.awaitsSnapshot else { return false }
            room.isWhole = true
            passes.addAnew(room)
            return true
        case .stalled(let complete):
            for room in rooms.values where room.isWhole {
                room.isWhole = false
                room.complete = complete
            }
            return false
        case .timeline(let new, let generation):
            crossed(to: new, generation: generation)
            return true
        case .page(let name, let page, let range):
            guard let room = rooms[name] else { return false }
            return received(page, range, of: room)
        case .top(let answer):
            return received(answer)
        case .signal(let name, let bytes):
            guard let room = rooms[name], !room.members.isEmpty else { return false }
            room.add(signal: bytes)
            passes.add(room)
            return false
        }
    }

    private func joined(_ name: Room, _ snapshot: RoomSnapshot) {
        guard let room = rooms[name] else { return }
        room.awaitsSnapshot = false
        if snapshot.start > room.log.end || room.log.end == .zero { restart(room, at: snapshot.start) }
        for frame in snapshot.frames { append(frame, to: room) }
        room.isWhole = snapshot.isWhole
        room.complete = snapshot.complete
        passes.addAnew(room)
    }

    private func append(_ frame: Frame, to room: LoopRoom) {
        segments.append(frame, to: room)
        passes.add(room)
    }

    private func restart(_ room: LoopRoom, at position: Position) {
        segments.byteCount -= room.byteCount
        room.restart(at: position)
        // What streams waited for may never come: they look anew.
        for stream in room.release() { stream.isWaiting = false }
        passes.addAnew(room)
    }

    /// The queue has overflowed: the node is asked for everything anew.
    private func overflowed() {
        for room in rooms.values {
            if room.isWhole { room.complete = room.log.end }
            room.isWhole = false
            room.awaitsSnapshot = true
            room.isReading = false
            room.searches = []
        }
        toAsk += asking
        asking = []
        fanout.resend(to: index)
    }

    private func crossed(to new: Timeline, generation: Int) {
        defer {
            timeline = new
            self.generation = generation
        }
        guard let old = timeline, old.epoch != new.epoch else { return }
        for room in rooms.values {
            let before = Cursor(epoch: old.epoch, position: room.log.end)
            guard let cut = new.cut(of: before) else { continue }
            restart(room, at: cut)
            room.complete = min(room.complete, cut)
        }
        for stream in streams { stream.crossed(from: old, to: new) }
    }
}

// MARK: Passes

extension StreamLoop {
    /// A socket did not take all: slices of these rooms' newest segments stay in use.
    func slicesOutlivePass(of cursor: StreamCursor) {
        for room in cursor.rooms { room.seal() }
    }
}

// MARK: Time

extension StreamLoop {
    private func startTicking() {
        isTicking = true
        tickDue = eventLoop.now + settings.tick
        eventLoop.assumeIsolated().scheduleTask(deadline: tickDue) { self.ticked() }
    }

    private func ticked() {
        let lag = eventLoop.now - tickDue
        tick &+= 1
        due += rota.take(at: tick)
        takeTurns()
        for room in rooms.values {
            readPage(of: room)
            segments.dropOldPages(of: room, at: tick)
        }
        proceed()
        askNow()
        sweep()
        tellMetrics(lag)
        if streams.isEmpty, rooms.isEmpty { isTicking = false } else { startTicking() }
    }

    /// Looks at some of the streams whose turn has come: a crowd that got its last message together is due together.
    private func takeTurns() {
        guard !due.isEmpty else { return }
        let seconds = UInt32(clamping: fanout.wallClock() / 1000)
        for stream in due.prefix(Self.turnCount) where stream.isListed {
            let patience = stream.tick(tick, seconds: seconds)
            if stream.isListed { rota.set(stream, at: tick &+ max(1, patience)) }
        }
        due = due.dropFirst(Self.turnCount)
        // An empty slice keeps what it was cut from.
        if due.isEmpty { due = [] } else { slices.schedule() }
    }

    private func measure(_ room: LoopRoom) {
        guard room.unmeasured != nil else { return }
        let now = fanout.wallClock()
        room.forEachMeasured { position in
            let time = now - min(now, position.milliseconds)
            metrics.delivered(after: time)
            latencies.add(milliseconds: time)
        }
    }

    /// How late the loop's timer has been at most since this was asked last.
    func takeWorstLag() -> TimeAmount {
        defer { worstLag = .zero }
        return worstLag
    }

    private func tellMetrics(_ lag: TimeAmount) {
        worstLag = max(worstLag, lag)
        metrics.late(by: lag.nanoseconds)
        metrics.tell(
            .init(
                streams: streams.count,
                rooms: rooms.count,
                slowStreams: blockedCount,
                backlog: passes.backlogCount,
                logBytes: segments.byteCount,
                passes: passes.count,
                deliveries: deliveries
            )
        )
    }
}
