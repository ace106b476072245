import NIOCore

/// What one listener gets, from the moment its request is admitted; lives on its loop.
final class EventStream {
    enum Phase: Hashable {
        /// Not in any room yet, or `ready` has not been sent.
        case opening
        case open
        /// The last bytes are under way.
        case ending
        case closed
    }

    let loop: StreamLoop
    /// Tells streams of a node apart.
    let id = UInt64.random(in: .min ... .max)
    var cursor = StreamCursor()
    var opening: StreamOpening?
    var phase = Phase.opening
    /// Where the stream stands among its loop's streams.
    var listIndex = 0
    /// When the loop looks after the stream.
    var turn = Rota.Turn()
    /// Whether the loop counts the stream among its own.
    var isListed = false
    /// Whether the stream stands still until a page of some room has been read.
    var isWaiting = false
    /// Whether the stream is among those that go on without a new message.
    var isInBacklog = false

    /// What the node counts the stream by.
    var counted: StreamLimits.Counted = []
    /// Who holds the stream; behind a reference, so that a stream of which nobody knows costs a word.
    var listener: ListenerIdentity?
    private(set) var connection: (any StreamConnection)?
    /// Where bytes go straight to, once the stream is open; nil where the connection has to see them.
    var socket: CInt?
    /// The connection holds bytes that the kernel did not take.
    private(set) var isBlocked = false
    /// Whether the stream leaves something out: what, is behind the reference above.
    private var isExcluding = false
    /// Whether the stream has been at its rooms' heads: what it misses from then on, it misses for being slow.
    private var wasLive = false
    /// The tick of the last write, and that since which the socket has taken nothing.
    private var lastWrite: UInt32 = 0
    /// When the listener's right to be here ends, in seconds since 1970; the last of all seconds for never.
    private var expires = UInt32.max
    /// While blocked: what the connection held at the last tick, in bytes.
    private var heldBytes: UInt32 = 0

    init(loop: StreamLoop) {
        self.loop = loop
    }

    /// Who holds the stream; nil where nobody knows.
    var user: String? { listener?.user }

    /// Where the listener comes from, where limits count that.
    var countedAddress: ClientAddress? { listener?.address }

    /// Where the listener comes from, or else the other end of the connection, which may be a proxy.
    var clientAddress: ClientAddress? { countedAddress ?? connection?.peer }

    /// For how many ticks the socket has taken nothing of what waits for it; nil while it takes everything.
    var silentTicks: UInt32? { isBlocked ? loop.tick &- lastWrite : nil }

    /// What the socket has not taken, in bytes.
    var bytesHeld: Int { connection?.bytesHeld ?? 0 }

    // MARK: Beginning

    /// Sends the head of the answer, then opens the stream or says why not: for the given reason, or one of the loop's.
    func begin(
        on connection: any StreamConnection,
        head: ByteBuffer,
        request: StreamRequest,
        refusal: EndReason? = nil
    ) {
        loop.assertInLoop()
        self.connection = connection
        lastWrite = loop.tick
        isExcluding = request.excludesOwn
        listener = ListenerIdentity(
            user: request.user,
            address: request.address,
            exclusion: isExcluding ? Exclusion(stream: id, user: request.user) : nil
        )
        connection.write(head)
        if let moment = request.expires { expires = UInt32(clamping: moment / 1000) }
        if let refusal = refusal ?? loop.admit(self) {
            return end(refusal, presented: request.presented)
        }
        opening = StreamOpening(request: request, deadline: loop.tick &+ loop.startTicks)
        for room in request.rooms { loop.join(self, room) }
        proceed()
        // Mostly `ready` has left with it.
        guard phase == .opening else { return }
        loop.waitToOpen(self)
        blockUnless(connection.flush())
    }

    // MARK: Delivering

    /// Writes what there is for this stream, as far as the socket takes it, and behind it what the pass brings along for
    /// streams that then are at their rooms' heads.
    func advance(signals: ByteBuffer? = nil) {
        guard phase == .open, !isBlocked, !isWaiting, let connection else { return }
        let limit = loop.settings.writeLimit
        var budget = limit
        let exclusion = isExcluding ? listener?.exclusion : nil
        var owesCursor = false
        var batch = StreamBatch(connection)
        steps: while budget > 0 {
            switch cursor.next(leavingOut: exclusion) {
            case .write(let bytes, let count):
                budget -= bytes.readableBytes
                owesCursor = false
                loop.deliveries &+= count
                batch.add(bytes)
            case .leaveOut: owesCursor = true
            case .gap(let room):
                guard let epoch = loop.epoch else { break steps }
                let id = Cursor(epoch: epoch, position: cursor.position)
                batch.add(gap(room, wasLive ? .slow : .expired, id: id))
                budget -= 1
            case .wait(let room, let after):
                loop.wait(self, for: room, after: after)
                break steps
            case .rest:
                wasLive = true
                if let signals {
                    budget -= signals.readableBytes
                    batch.add(signals)
                }
                break steps
            }
        }
        // What was left out must not come back, to another stream of the same listener, when this one breaks.
        if owesCursor, let epoch = loop.epoch {
            batch.add(StreamEvents.position(Cursor(epoch: epoch, position: cursor.position)))
            budget -= 1
        }
        if !batch.isEmpty { write(batch) }
        if budget <= 0, !isBlocked { loop.passes.add(self) }
    }

    func write(_ batch: consuming StreamBatch) {
        lastWrite = loop.tick
        let isTaken = batch.leave(to: isBlocked ? nil : socket)
        blockUnless(isTaken)
        // What was held has left with it, so that nobody will say that the connection takes bytes again.
        guard isTaken, isBlocked else { return }
        isBlocked = false
        loop.blockedCount -= 1
        loop.passes.add(self)
    }

    private func blockUnless(_ isTaken: Bool) {
        guard !isTaken, !isBlocked, phase == .opening || phase == .open else { return }
        isBlocked = true
        loop.blockedCount += 1
        heldBytes = 0
        loop.watch(self)
        loop.slicesOutlivePass(of: cursor)
    }

    /// The broker's history has changed, and this stream's rooms with it.
    func crossed(from old: Timeline, to new: Timeline) {
        switch phase {
        case .opening:
            opening?.stage = .placing
            opening?.states = []
            opening?.top = nil
        case .open:
            let before = Cursor(epoch: old.epoch, position: cursor.position)
            guard let cut = new.cut(of: before) else { return }
            cursor.start(at: cut)
            guard let connection else { return }
            var batch = StreamBatch(connection)
            tellGaps(.dataLost, from: before, to: Cursor(epoch: new.epoch, position: cut), in: &batch)
            // A blocked stream, too, is told; behind what its connection holds.
            write(batch)
        case .ending, .closed: break
        }
    }

    /// Tells every room's gap.
    ///
    /// A listener that leaves in between must come back with what it had before.
    func tellGaps(_ reason: GapReason, from old: Cursor, to new: Cursor, in batch: inout StreamBatch) {
        let rooms = cursor.rooms
        for (index, room) in rooms.enumerated() {
            batch.add(gap(room.room, reason, id: index == rooms.count - 1 ? new : old))
        }
    }

    private func gap(_ room: Room, _ reason: GapReason, id: Cursor) -> ByteBuffer {
        loop.fanout.metrics.toldGap(reason)
        return StreamEvents.gap(room: room, reason: reason, id: id)
    }

    // MARK: Time

    /// The stream's turn: a sign of life, or the end of a stream that shows none or may not go on.
    ///
    /// - Parameters:
    ///   - now: The loop's own time.
    ///   - seconds: Those since 1970.
    /// - Returns: After how many ticks the next turn has to be.
    func tick(_ now: UInt32, seconds: UInt32) -> UInt32 {
        if seconds >= expires {
            end(.expired, presented: opening?.request.presented ?? .nothing)
            return 1
        }
        switch phase {
        case .opening:
            if let opening, now &- opening.deadline < .max / 2 {
                end(.notReady, presented: opening.request.presented)
            }
        case .open where isBlocked:
            if hasTakenSome() {
                lastWrite = now
            } else if now &- lastWrite >= loop.slowTicks {
                end(.slow)
            }
        case .open:
            if now &- lastWrite >= loop.heartbeatTicks, let connection {
                var batch = StreamBatch(connection)
                batch.add(StreamEvents.heartbeat)
                write(batch)
            }
            guard !isBlocked else { break }
            let right = loop.settings.ticks(.seconds(Int64(expires - seconds)))
            return min(loop.heartbeatTicks &- (now &- lastWrite), right)
        case .ending, .closed: break
        }
        return 1
    }

    /// Whether the kernel has taken some of what the connection holds, since this was asked last.
    private func hasTakenSome() -> Bool {
        let held = bytesHeld
        defer { heldBytes = UInt32(clamping: held) }
        return held < heldBytes
    }

    // MARK: Ending

    /// Says why, then ends the stream; what the socket does not take within a second is not said.
    func end(_ reason: EndReason, presented: StreamRequest.Presented = .nothing) {
        guard phase == .opening || phase == .open, let connection else { return }
        // A stream that has not said `ready` must not let its listener forget where it was.
        let presented = opening?.request.presented ?? presented
        phase = .ending
        opening = nil
        loop.fanout.metrics.ended(reason)
        loop.endingCount += 1
        loop.remove(self)
        connection.end(behind: StreamEvents.bye(reason, presented: presented))
    }

    // MARK: The connection

    /// The kernel has taken everything.
    func becameWritable() {
        guard isBlocked else { return }
        isBlocked = false
        loop.blockedCount -= 1
        lastWrite = loop.tick
        advance()
    }

    func closed() {
        guard phase != .closed else { return }
        let wasEnding = phase == .ending
        phase = .closed
        opening = nil
        connection = nil
        if isBlocked { loop.blockedCount -= 1 }
        if wasEnding { return loop.ended() }
        if isListed { loop.fanout.metrics.ended(nil) }
        loop.remove(self)
    }
}
