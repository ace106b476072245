import Glibc

/// Holds the streams of many listeners on one thread.
///
/// All streams read into the same buffer; only the beginning of an unfinished block is kept per stream.
final class ListenerLoop {
    private static let readSize = 256 * 1024
    /// Longest event.
    private static let carryLimit = 1024 * 1024
    /// Connection attempts under way at once, below what a server's backlog takes.
    private static let opensAtOnce = 256
    private static let openTimeout: Int64 = 10_000_000_000
    private static let chores: Int64 = 20_000_000
    private static let tick: Int64 = 10_000_000
    // A server on the same machine pays for waking the thread that waits for its bytes: with a reader as fast as the
    // server, once per delivery (a fifth of its time, seen with perf). Resting between rounds lets bytes gather
    // instead, for both; it adds a tenth of a millisecond to the median, and only from 5,000 deliveries/s on.
    private static let restMicroseconds: UInt32 = 200
    private static let restsFrom = 100
    private static let fullRound = 64

    private let plan: BenchPlan
    private let endpoints: [Endpoint]
    private let control: RunControl
    private let board: ProgressBoard
    private let slot: Int
    private let queue: ReadinessQueue
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: carryLimit + readSize, alignment: 64)

    private var listeners: [Listener] = []
    private var recorder: Recorder
    private var verifier: Verifier
    private var reader: StampReader
    private var progress = BenchProgress()
    /// Listeners not asked for yet, from here on.
    private var nextToOpen = 0
    /// Listeners that come back later, by the tick in which they do.
    private var returns: [Int64: [Int]] = [:]
    private var lastTick: Int64 = 0
    /// Those whose time has come, while too many others are opening.
    private var returning: ArraySlice<Int> = []
    private var opening = 0
    private var readyInPeriod = 0
    private var rests = false
    private var started: Int64 = 0
    private var isStalling = false
    private var usageAtStart: Int64?
    private var usageAtEnd: Int64?

    /// Takes a share of the plan's listeners over; its progress stands in the slot of the board.
    init(
        plan: BenchPlan,
        endpoints: [Endpoint],
        share: [Int],
        control: RunControl,
        board: ProgressBoard,
        slot: Int
    ) throws {
        self.plan = plan
        self.endpoints = endpoints
        self.control = control
        self.board = board
        self.slot = slot
        queue = try ReadinessQueue()
        recorder = Recorder(spreads: plan.load != .none)
        verifier = Verifier(rooms: plan.rooms)
        reader = StampReader(run: plan.run)
        listeners.reserveCapacity(share.count)
        for index in share {
            var first = 0
            if plan.verifies {
                let names = plan.rooms(ofListener: index).map { verifier.follow(room: $0) }
                first = names.first ?? 0
            }
            listeners.append(Listener(index: index, place: listeners.count, plan: plan, firstFollower: first))
        }
    }

    deinit {
        for listener in listeners where listener.socket >= 0 { close(listener.socket) }
        buffer.deallocate()
    }

    /// Opens the streams and reads until the run is stopped.
    func run() -> ListenerRecord {
        started = MonotonicClock.now()
        lastTick = started / Self.tick
        var choresDue = started
        while !control.hasStopped {
            let hasMore = openWhatIsDue()
            let ready = queue.wait(milliseconds: hasMore ? 1 : 20)
            for index in 0..<ready {
                if let tag = queue.tag(index) { isReady(listeners[tag]) }
            }
            readyInPeriod += ready
            if rests, ready < Self.fullRound { usleep(Self.restMicroseconds) }
            let now = MonotonicClock.now()
            if now >= choresDue {
                choresDue = now + Self.chores
                doChores(now)
            }
        }
        doChores(MonotonicClock.now())
        return finish()
    }

    private func finish() -> ListenerRecord {
        recorder.record.seen.failed = listeners.count { $0.openings == 0 }
        if let usageAtStart {
            recorder.record.busiest = (usageAtEnd ?? MonotonicClock.threadUsage()) - usageAtStart
        }
        if plan.verifies {
            // Who has not come back would have got the rest when doing so.
            for listener in listeners where listener.phase != .streaming && listener.phase != .stalled {
                forEachFollower(listener) { verifier.ended($0) }
            }
            recorder.record.verifiers = [verifier]
        }
        return recorder.record
    }

    // MARK: Opening

    /// Returns whether there are more to open soon.
    private func openWhatIsDue() -> Bool {
        guard nextToOpen < listeners.count || !returns.isEmpty || !returning.isEmpty else { return false }
        let now = MonotonicClock.now()
        while nextToOpen < listeners.count, opening < Self.opensAtOnce {
            if plan.rampUp > 0 {
                let perLoop = plan.rampUp * Double(listeners.count) / Double(plan.listeners)
                guard Double(now - started) * perLoop >= Double(nextToOpen) * 1e9 else { break }
            }
            nextToOpen += 1
            open(listeners[nextToOpen - 1])
        }
        while lastTick < now / Self.tick {
            lastTick += 1
            returning += returns.removeValue(forKey: lastTick) ?? []
        }
        while opening < Self.opensAtOnce, let place = returning.popFirst() { open(listeners[place]) }
        return nextToOpen < listeners.count && opening < Self.opensAtOnce
    }

    private func open(_ listener: Listener) {
        // Those before it in the same round have taken their time.
        listener.began = MonotonicClock.now()
        listener.carry.removeAll(keepingCapacity: true)
        listener.chunks = nil
        let socket = endpoints[listener.target].connect(index: listener.index)
        guard socket >= 0 else {
            isOver(listener, "connect: \(String(cString: strerror(-socket)))")
            return
        }
        listener.socket = socket
        opening += 1
        // To this machine it is connected already, which saves being told so.
        if ask(listener) {
            listener.phase = .asking
            queue.add(socket, tag: listener.place, .reading)
        } else if errno == EAGAIN || errno == ENOTCONN {
            listener.phase = .connecting
            queue.add(socket, tag: listener.place, .writing)
        } else {
            isOver(listener, "connect: \(String(cString: strerror(errno)))")
        }
    }

    private func isReady(_ listener: Listener) {
        switch listener.phase {
        case .connecting: isConnected(listener)
        case .asking, .streaming: read(listener)
        case .waiting, .stalled, .over: break
        }
    }

    private func isConnected(_ listener: Listener) {
        let code = Endpoint.outcome(of: listener.socket)
        guard code == 0 else {
            isOver(listener, "connect: \(String(cString: strerror(code)))")
            return
        }
        guard ask(listener) else {
            isOver(listener, "request: \(String(cString: strerror(errno)))")
            return
        }
        listener.phase = .asking
        queue.modify(listener.socket, tag: listener.place, .reading)
    }

    /// Sends the request for the stream; returns false, with errno, where the socket does not take it.
    private func ask(_ listener: Listener) -> Bool {
        let request = plan.templates.streamRequest(
            to: plan.targets[listener.target],
            rooms: listener.rooms.map(plan.name(ofRoom:)),
            lastEventID: plan.reconnects ? listener.lastEventID : []
        )
        // A fresh socket's buffer takes a request as a whole.
        return send(listener.socket, request, request.count, CInt(MSG_NOSIGNAL)) == request.count
    }

    // MARK: Reading

    private func read(_ listener: Listener) {
        let kept = listener.carry.count
        guard let base = buffer.baseAddress else { return }
        if kept > 0 { listener.carry.withUnsafeBytes { buffer.copyMemory(from: $0) } }
        let count = recv(listener.socket, base + kept, Self.readSize, 0)
        guard count > 0 else {
            if count == 0 {
                isOver(listener, nil)
            } else if errno != EAGAIN, errno != EINTR {
                isOver(listener, "read: \(String(cString: strerror(errno)))")
            }
            return
        }
        let now = MonotonicClock.now()
        recorder.received(bytes: count, at: now)
        var start = 0
        var end = kept + count
        var fresh = kept
        if listener.phase == .asking {
            guard let head = ResponseHead(UnsafeRawBufferPointer(rebasing: buffer[..<end])) else {
                keep(listener, 0..<end)
                return
            }
            guard isAccepted(head, listener, now) else { return }
            start = head.size
            fresh = start
        }
        var bodyEnded = false
        if listener.chunks != nil {
            let region = UnsafeMutableRawBufferPointer(rebasing: buffer[fresh..<end])
            if let body = listener.chunks?.decode(region).body { end = fresh + body }
            bodyEnded = listener.chunks.map { $0.hasEnded || $0.isBroken } ?? false
        }
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[start..<end])
        var scanner = EventScanner(bytes)
        var id = 0..<0
        while let block = scanner.next() {
            if !block.id.isEmpty { id = block.id }
            take(block, bytes, listener, now)
        }
        if plan.reconnects, !id.isEmpty { listener.lastEventID = Array(bytes[id]) }
        if bodyEnded {
            isOver(listener, listener.chunks.map(\.isBroken) == true ? "broken chunk" : nil)
        } else {
            keep(listener, start + scanner.consumed..<end)
        }
    }

    private func keep(_ listener: Listener, _ range: Range<Int>) {
        guard range.count <= Self.carryLimit else {
            isOver(listener, "event of over 1 MiB")
            return
        }
        listener.carry.removeAll(keepingCapacity: true)
        if !range.isEmpty { listener.carry.append(contentsOf: buffer[range]) }
    }

    private func isAccepted(_ head: ResponseHead, _ listener: Listener, _ now: Int64) -> Bool {
        guard head.status == 200, head.isEventStream else {
            let what = head.status == 200 ? "answer is no event stream" : "stream answered \(head.status)"
            isOver(listener, what, mayComeBack: false)
            return false
        }
        opening -= 1
        listener.phase = .streaming
        listener.chunks = head.isChunked ? ChunkDecoder() : nil
        listener.openings += 1
        listener.isRefused = false
        if listener.openings > 1 {
            recorder.record.seen.reconnects += 1
            forEachFollower(listener) { verifier.resumed($0) }
        } else {
            recorder.record.seen.opens.record(nanoseconds: now - listener.began)
            recorder.record.seen.opened += 1
            recorder.record.seen.opening = now - started
            // Publishing has begun without it.
            if control.windowStart != .max { forEachFollower(listener) { verifier.beginsLate($0, at: now) } }
        }
        progress.up += 1
        return true
    }

    private func take(_ block: EventBlock, _ bytes: UnsafeRawBufferPointer, _ listener: Listener, _ now: Int64) {
        if let retry = block.retryMilliseconds { listener.retryMilliseconds = retry }
        guard !block.data.isEmpty else { return }
        let data = UnsafeRawBufferPointer(rebasing: bytes[block.data])
        if let stamp = reader.read(data) {
            recorder.received(stamp, at: now, isTimed: !listener.isSlow)
            if plan.verifies { verify(stamp.number, listener) }
        } else if block.name.isEmpty {
            recorder.record.seen.foreign += 1
        } else {
            takeEvent(String(decoding: bytes[block.name], as: UTF8.self), data, listener)
        }
    }

    private func verify(_ number: Int, _ listener: Listener) {
        let place = (number % plan.rooms - listener.rooms[0] + plan.rooms) % plan.rooms
        if place < listener.rooms.count {
            verifier.received(number, by: listener.firstFollower + place)
        } else {
            verifier.receivedFromAnotherRoom()
        }
    }

    private func takeEvent(_ name: String, _ data: UnsafeRawBufferPointer, _ listener: Listener) {
        guard name == "gap" || name == "bye" else { return }
        let text = String(decoding: data, as: UTF8.self)
        let reason = text.split(separator: #""reason":""#).dropFirst().first?.prefix { $0 != "\"" } ?? "?"
        if name == "bye" {
            recorder.record.seen.byes[String(reason.prefix(40)), default: 0] += 1
            // So this gateway answers a stream that is one too many.
            if reason == "limited" || reason == "overloaded" { listener.isRefused = true }
            return
        }
        recorder.record.seen.gaps[String(reason.prefix(40)), default: 0] += 1
        guard plan.verifies else { return }
        let named = listener.rooms.indices.filter { text.contains("\"\(plan.name(ofRoom: listener.rooms[$0]))\"") }
        for place in named.isEmpty ? Array(listener.rooms.indices) : named {
            verifier.gapTold(listener.firstFollower + place, dataLost: reason == "data-lost")
        }
    }

    // MARK: Ending

    private func forEachFollower(_ listener: Listener, _ change: (Int) -> Void) {
        guard plan.verifies else { return }
        for place in listener.rooms.indices { change(listener.firstFollower + place) }
    }

    /// The connection is over; nil: the server ended the stream, else what went wrong.
    private func isOver(_ listener: Listener, _ error: String?, mayComeBack: Bool = true) {
        let wasUp = listener.phase == .streaming
        if !wasUp, listener.socket >= 0 { opening -= 1 }
        if listener.socket >= 0 { close(listener.socket) }
        listener.socket = -1
        listener.phase = .over
        if let error {
            recorder.record.seen.errors[error, default: 0] += 1
            progress.errors += 1
        }
        let hadStream = wasUp && !listener.isRefused
        if wasUp {
            progress.up -= 1
            if hadStream { recorder.record.seen.ended += 1 } else { wasNoStream(listener) }
        }
        // A browser comes back after a stream's end and after a network error, never after another answer than 200.
        if plan.reconnects, mayComeBack {
            listener.phase = .waiting
            let time = MonotonicClock.now() + Int64(listener.retryMilliseconds) * 1_000_000
            returns[max(time / Self.tick, lastTick + 1), default: []].append(listener.place)
        } else {
            if hadStream { progress.ended += 1 } else { progress.failed += 1 }
            forEachFollower(listener) { verifier.ended($0) }
        }
    }

    /// What looked like a stream has told that there is none.
    private func wasNoStream(_ listener: Listener) {
        listener.openings -= 1
        if listener.openings == 0 { recorder.record.seen.opened -= 1 } else { recorder.record.seen.reconnects -= 1 }
    }

    // MARK: Chores

    private func doChores(_ now: Int64) {
        rests = readyInPeriod > Self.restsFrom
        readyInPeriod = 0
        recorder.setWindow(control.windowStart, control.windowEnd)
        let isInWindow = now >= control.windowStart && now < control.windowEnd
        if isInWindow, usageAtStart == nil { usageAtStart = MonotonicClock.threadUsage() }
        if now >= control.windowEnd, usageAtEnd == nil { usageAtEnd = MonotonicClock.threadUsage() }
        if plan.slow > 0, isInWindow != isStalling { stall(isInWindow) }
        if opening > 0 {
            for listener in listeners where listener.phase == .connecting || listener.phase == .asking {
                if now - listener.began > Self.openTimeout { isOver(listener, "no answer in 10 s") }
            }
        }
        progress.received = recorder.record.seen.received
        progress.p99Microseconds = recorder.lastP99(at: now)
        board.post(progress, loop: slot)
    }

    /// Makes the slow listeners stop or go on reading.
    private func stall(_ stops: Bool) {
        isStalling = stops
        for listener in listeners where listener.isSlow {
            if stops, listener.phase == .streaming {
                queue.remove(listener.socket)
                listener.phase = .stalled
            } else if !stops, listener.phase == .stalled {
                queue.add(listener.socket, tag: listener.place, .reading)
                listener.phase = .streaming
            }
        }
    }
}
