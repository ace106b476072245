import Glibc

/// Publishes on one thread, over many connections, at the times of a schedule that no server can slow down.
///
/// A message that is due goes to the first connection that has nothing under way; where all wait it leaves later, after
/// the window too, and its latency counts from when it was due.
final class PublisherLoop {
    private static let answerTimeout: Int64 = 10_000_000_000
    private static let retryPause: Int64 = 100_000_000
    private static let answerLimit = 1024 * 1024

    private let plan: BenchPlan
    private let endpoints: [Endpoint]
    private let control: RunControl
    private let board: ProgressBoard
    private let queue: ReadinessQueue
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 64)
    /// By target and room, once they are used.
    private var requests: [[PublishRequest?]]
    private let payload: [UInt8]
    private var connections: [PublisherConnection] = []
    private var idle: [Int] = []
    private var result: PublisherResult
    private var start: Int64 = 0
    private var usageAtStart: Int64?
    private var usageAtEnd: Int64?

    init(plan: BenchPlan, endpoints: [Endpoint], control: RunControl, board: ProgressBoard) throws {
        self.plan = plan
        self.endpoints = endpoints
        self.control = control
        self.board = board
        queue = try ReadinessQueue()
        result = PublisherResult(plan)
        requests = plan.targets.map { _ in [PublishRequest?](repeating: nil, count: plan.rooms) }
        payload = [UInt8](repeating: UInt8(ascii: "x"), count: plan.payload)
        connections = (0..<plan.connections)
            .map {
                PublisherConnection(place: $0, target: $0 % plan.targets.count)
            }
    }

    deinit {
        for connection in connections where connection.socket >= 0 { Glibc.close(connection.socket) }
        buffer.deallocate()
    }

    /// Publishes from `start` to the end of the window, then sends what was due in it, and waits for the answers.
    func run(from start: Int64) -> PublisherResult {
        self.start = start
        var now = MonotonicClock.now()
        var lastChores = now
        doChores(now)
        queue.wake(at: start)
        while true {
            now = MonotonicClock.now()
            let offers = isOffering(now)
            if !offers, !connections.contains(where: { $0.phase == .waiting }) { break }
            if now >= start, offers { sendWhatIsDue(now) }
            let ready = queue.wait(milliseconds: 20)
            for index in 0..<ready {
                if let tag = queue.tag(index) { isReady(connections[tag]) }
            }
            if now - lastChores > 10_000_000 {
                lastChores = now
                doChores(now)
            }
        }
        if let usageAtStart { result.usage = (usageAtEnd ?? MonotonicClock.threadUsage()) - usageAtStart }
        countOffered()
        return result
    }

    /// Whether there are messages to send, now or later.
    private func isOffering(_ now: Int64) -> Bool {
        let end = control.windowEnd
        guard now >= end else { return true }
        guard let due = nextDue, due < end, !Interruption.hasCome else { return false }
        return now < end + plan.settle
    }

    /// When the next message is due; nil where it is as soon as the last one is acknowledged.
    private var nextDue: Int64? {
        guard case .rate(let rate) = plan.load else { return nil }
        return start + Int64(Double(result.log.count) * 1e9 / rate)
    }

    private func countOffered() {
        result.offered = result.sent
        guard case .rate(let rate) = plan.load else { return }
        let due = { (time: Int64) in Int((Double(max(0, time - self.start)) * rate / 1e9).rounded(.up)) }
        // They are sent in the order in which they are due.
        result.unsent = max(0, due(control.windowEnd) - max(result.log.count, due(control.windowStart)))
        result.offered += result.unsent
    }

    // MARK: Sending

    private func sendWhatIsDue(_ now: Int64) {
        var time = now
        while !idle.isEmpty {
            if let due = nextDue {
                guard due < control.windowEnd else { return }
                guard due <= time else {
                    queue.wake(at: due)
                    return
                }
                send(due, at: time)
            } else {
                send(time, at: time)
                time = MonotonicClock.now()
            }
        }
    }

    private func send(_ scheduled: Int64, at now: Int64) {
        // In turn, so that the load is spread over the targets.
        let connection = connections[idle.removeFirst()]
        let stamp = Stamp(number: result.log.sent(at: now), scheduled: scheduled)
        let request = request(to: connection.target, room: stamp.number % plan.rooms)
        connection.request.removeAll(keepingCapacity: true)
        connection.request += request.before
        connection.request += payload
        connection.request += request.after
        connection.request.withUnsafeMutableBytes {
            stamp.write(to: UnsafeMutableRawBufferPointer(rebasing: $0[request.before.count...]), run: plan.run)
        }
        connection.stamp = stamp
        connection.written = 0
        connection.time = now
        connection.phase = .waiting
        if isTimed(stamp) {
            result.sent += 1
            if now >= control.windowEnd { result.late += 1 }
        }
        write(connection)
    }

    private func request(to target: Int, room: Int) -> PublishRequest {
        if let known = requests[target][room] { return known }
        let name = plan.name(ofRoom: room)
        let new = plan.templates.publishRequest(to: plan.targets[target], room: name, payload: plan.payload)
        requests[target][room] = new
        return new
    }

    private func isTimed(_ stamp: Stamp) -> Bool {
        stamp.scheduled >= control.windowStart && stamp.scheduled < control.windowEnd
    }

    private func write(_ connection: PublisherConnection) {
        let rest = connection.request.count - connection.written
        let count = connection.request.withUnsafeBytes {
            Glibc.send(connection.socket, $0.baseAddress.map { $0 + connection.written }, rest, CInt(MSG_NOSIGNAL))
        }
        if count < 0, errno != EAGAIN {
            failed(connection, "publish: \(String(cString: strerror(errno)))")
            return
        }
        connection.written += max(0, count)
        let isDone = connection.written == connection.request.count
        if !isDone || count < rest {
            queue.modify(connection.socket, tag: connection.place, isDone ? .reading : .writing)
        }
    }

    // MARK: Connections

    private func open(_ connection: PublisherConnection, _ now: Int64) {
        connection.time = now
        let socket = endpoints[connection.target].connect(index: connection.place)
        guard socket >= 0 else {
            failed(connection, "publisher's connect: \(String(cString: strerror(-socket)))")
            return
        }
        Endpoint.sendAtOnce(socket)
        connection.socket = socket
        connection.phase = .connecting
        queue.add(socket, tag: connection.place, .writing)
    }

    private func isReady(_ connection: PublisherConnection) {
        switch connection.phase {
        case .closed: break
        case .connecting:
            let code = Endpoint.outcome(of: connection.socket)
            guard code == 0 else {
                failed(connection, "publisher's connect: \(String(cString: strerror(code)))")
                return
            }
            queue.modify(connection.socket, tag: connection.place, .reading)
            isIdle(connection)
        case .idle: read(connection)
        case .waiting:
            if connection.written < connection.request.count { continueWriting(connection) } else { read(connection) }
        }
    }

    private func continueWriting(_ connection: PublisherConnection) {
        write(connection)
        if connection.phase == .waiting, connection.written == connection.request.count {
            queue.modify(connection.socket, tag: connection.place, .reading)
        }
    }

    private func isIdle(_ connection: PublisherConnection) {
        connection.phase = .idle
        connection.stamp = nil
        idle.append(connection.place)
    }

    private func failed(_ connection: PublisherConnection, _ error: String) {
        result.errors[error, default: 0] += 1
        close(connection)
    }

    private func close(_ connection: PublisherConnection, pause: Int64 = retryPause) {
        if connection.phase == .idle { idle.removeAll { $0 == connection.place } }
        if connection.socket >= 0 { Glibc.close(connection.socket) }
        connection.socket = -1
        connection.phase = .closed
        connection.stamp = nil
        connection.answer.removeAll()
        connection.time = MonotonicClock.now() + pause
    }

    // MARK: Answers

    private func read(_ connection: PublisherConnection) {
        let count = recv(connection.socket, buffer.baseAddress, buffer.count, 0)
        guard count > 0 else {
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            // A server may close a connection that has nothing under way.
            if connection.phase == .waiting {
                failed(connection, "publish: connection closed")
            } else {
                close(connection)
            }
            return
        }
        // An answer that nobody waits for, such as 408, is the connection's last.
        guard connection.phase == .waiting else { return close(connection, pause: 0) }
        connection.answer.append(contentsOf: buffer[..<count])
        guard connection.answer.count <= Self.answerLimit else {
            failed(connection, "publish: answer of over 1 MiB")
            return
        }
        guard let head = connection.answer.withUnsafeBytes({ ResponseHead($0) }), isComplete(head, connection.answer)
        else { return }
        connection.answer.removeAll(keepingCapacity: true)
        answered(connection, head)
    }

    private func isComplete(_ head: ResponseHead, _ answer: [UInt8]) -> Bool {
        if head.isChunked {
            var body = Array(answer[head.size...])
            var decoder = ChunkDecoder()
            _ = body.withUnsafeMutableBytes { decoder.decode($0) }
            return decoder.hasEnded || decoder.isBroken
        }
        return answer.count >= head.size + (head.status == 204 ? 0 : head.contentLength ?? 0)
    }

    private func answered(_ connection: PublisherConnection, _ head: ResponseHead) {
        let now = MonotonicClock.now()
        if let stamp = connection.stamp {
            if (200..<300).contains(head.status) {
                result.log.acknowledged(stamp.number, at: now)
                if now >= control.windowStart, now < control.windowEnd { result.acknowledged += 1 }
                if isTimed(stamp) { result.latency.record(nanoseconds: now - stamp.scheduled) }
            } else {
                result.errors["publish answered \(head.status)", default: 0] += 1
            }
        }
        if head.closes { close(connection, pause: 0) } else { isIdle(connection) }
    }

    // MARK: Chores

    private func doChores(_ now: Int64) {
        if now >= control.windowStart, usageAtStart == nil { usageAtStart = MonotonicClock.threadUsage() }
        if now >= control.windowEnd, usageAtEnd == nil { usageAtEnd = MonotonicClock.threadUsage() }
        for connection in connections {
            switch connection.phase {
            case .closed where now >= connection.time && isOffering(now): open(connection, now)
            case .connecting where now - connection.time > Self.answerTimeout:
                failed(connection, "publisher's connect: no answer in 10 s")
            case .waiting where now - connection.time > Self.answerTimeout:
                failed(connection, "publish: no answer in 10 s")
            case .closed, .connecting, .idle, .waiting: break
            }
        }
        board.post(BenchProgress(errors: result.errors.values.reduce(0, +)), loop: 0)
    }
}
