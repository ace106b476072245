import Foundation

/// All listeners of a fleet with their sockets; walked over by the fleet's thread.
final class FleetTable {
    private(set) var tally = Tally()
    private var listeners: [FleetListener]
    private var polls: [pollfd]
    /// Listeners that are not open: they have something to do at a time.
    private var unsettled: [Int]
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    private let board: RoomBoard
    private let receiveBuffer: Int32?
    private let start = ContinuousClock.now
    private var isClosed = false

    /// Connections begun in one walk, so that the others are not kept waiting.
    private static let connectsAtOnce = 200

    init(_ plan: Fleet.Plan, board: RoomBoard) {
        self.board = board
        receiveBuffer = plan.receiveBuffer.map { Int32($0) }
        listeners = (0..<plan.listeners)
            .map { index in
                FleetListener(
                    rooms: plan.rooms(index),
                    doors: plan.doors(index),
                    first: plan.firstDoor(index),
                    start: plan.openingSeconds * Double(index) / Double(max(plan.listeners, 1))
                )
            }
        polls = listeners.map { _ in pollfd(fd: -1, events: 0, revents: 0) }
        unsettled = Array(listeners.indices)
    }

    /// Seconds since the fleet was made.
    var now: Double { (ContinuousClock.now - start) / .seconds(1) }

    var openCount: Int { listeners.reduce(0) { $0 + ($1.isOpen ? 1 : 0) } }

    /// What the listeners without a stream are at.
    var unsettledPhases: [String] { listeners.filter { !$0.isOpen }.map { "\($0.phase)" } }

    /// The listeners that have each of their rooms' last messages.
    func completeCount(last: [Int]) -> Int {
        listeners.reduce(0) { $0 + ($1.hearing.isComplete(last: last) ? 1 : 0) }
    }

    /// What the verdict is when nothing more comes.
    func finished(last: [Int]) -> Verdict {
        var verdict = tally.verdict
        for listener in listeners { listener.hearing.finish(last: last, &verdict) }
        return verdict
    }

    /// Lets some listeners stop reading, or go on.
    func pause(_ isPaused: Bool, where chosen: (Int) -> Bool) {
        for (index, listener) in listeners.enumerated() where chosen(index) {
            listener.isPaused = isPaused
            if listener.isOpen { polls[index].events = isPaused ? 0 : Int16(POLLIN) }
        }
    }

    /// Closes all connections; the listeners wait to be called back.
    func sendAway() {
        let now = now
        for (index, listener) in listeners.enumerated() {
            if polls[index].fd >= 0 { drop(index, now) }
            listener.comeBack(at: .infinity, through: 0)
        }
    }

    /// Lets the listeners come back within a time, evenly, each first through this one of its doors.
    func callBack(within seconds: Double, through door: Int) {
        let now = now
        for (index, listener) in listeners.enumerated() {
            listener.comeBack(at: now + seconds * Double(index) / Double(listeners.count), through: door)
        }
    }

    /// One walk over all listeners; whatever a socket has is taken, nothing is waited for.
    func walk() {
        if isClosed { return }
        let now = now
        var ready = poll(&polls, nfds_t(polls.count), 0)
        var index = 0
        while ready > 0, index < polls.count {
            if polls[index].revents != 0 {
                ready -= 1
                serve(index, now)
            }
            index += 1
        }
        var connects = 0
        let waiting = unsettled
        unsettled.removeAll(keepingCapacity: true)
        for index in waiting {
            let listener = listeners[index]
            listener.isUnsettled = !listener.isOpen
            guard listener.isUnsettled else { continue }
            unsettled.append(index)
            if connects < Self.connectsAtOnce, listener.isDue(now) {
                connects += 1
                connect(index, now)
            } else if listener.isOverdue(now) {
                close(polls[index].fd)
                polls[index].fd = -1
                listener.ended(now, &tally)
            }
        }
    }

    /// Closes everything.
    func close() {
        isClosed = true
        for index in polls.indices where polls[index].fd >= 0 {
            close(polls[index].fd)
            polls[index].fd = -1
        }
    }

    private func close(_ descriptor: Int32) {
        _ = Foundation.close(descriptor)
    }

    private func connect(_ index: Int, _ now: Double) {
        let listener = listeners[index]
        listener.began(now)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return listener.ended(now, &tally) }
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(listener.port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 || errno == EINPROGRESS else {
            close(descriptor)
            return listener.ended(now, &tally)
        }
        polls[index] = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    }

    private func serve(_ index: Int, _ now: Double) {
        if case .connecting = listeners[index].phase {
            var failure: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(polls[index].fd, SOL_SOCKET, SO_ERROR, &failure, &length)
            guard failure == 0 else { return drop(index, now) }
            let request = Array(listeners[index].connected(now).utf8)
            let sent = send(polls[index].fd, request, request.count, Int32(MSG_NOSIGNAL))
            // A request is shorter than any send buffer.
            guard sent == request.count else { return drop(index, now) }
            polls[index].events = Int16(POLLIN)
        } else {
            receive(index, now)
        }
    }

    private func receive(_ index: Int, _ now: Double) {
        let listener = listeners[index]
        // A node that has much to say must not keep the others waiting.
        for _ in 0..<4 {
            let count = recv(polls[index].fd, &buffer, buffer.count, 0)
            guard count > 0 else {
                if count < 0, errno == EAGAIN { break }
                return drop(index, now)
            }
            let board = board
            let isSound = buffer.withUnsafeBytes {
                listener.received(UnsafeRawBufferPointer(rebasing: $0[..<count]), now, &tally, board)
            }
            guard isSound else { return drop(index, now) }
            if count < buffer.count { break }
        }
        if listener.isPaused, listener.isOpen { polls[index].events = 0 }
    }

    private func drop(_ index: Int, _ now: Double) {
        close(polls[index].fd)
        polls[index] = pollfd(fd: -1, events: 0, revents: 0)
        let listener = listeners[index]
        listener.ended(now, &tally)
        guard !listener.isUnsettled else { return }
        listener.isUnsettled = true
        unsettled.append(index)
    }
}
