import Foundation

/// One listener: a native EventSource as the standard describes it, but without giving up.
final class FleetListener {
    enum Phase {
        /// Not connected until this time.
        case waiting(Double)
        /// Until this time.
        case connecting(Double)
        /// The request is sent; an answer has time until then.
        case asking(Double)
        /// The head of the answer was good; `ready` has time until then.
        case opening(Double)
        case open
    }

    /// How long an answer may take before the listener tries elsewhere: longer than a node is ever stopped.
    static let patience = 12.0

    let rooms: [Int]
    let doors: [Door]
    private let path: String
    private(set) var phase: Phase
    var isPaused = false
    /// Whether the table looks at the time for this listener.
    var isUnsettled = true
    private(set) var hearing = Hearing()
    private var door: Int
    private var scanner = EventScanner()
    private var head: [UInt8] = []
    private var cursor: [UInt8] = []
    private var presented: [UInt8] = []
    /// Seconds.
    private var retry = 1.0

    /// Makes a listener that connects to one door after the other.
    init(rooms: [Int], doors: [Door], first: Int, start: Double) {
        self.rooms = rooms
        self.doors = doors
        door = first % doors.count
        phase = .waiting(start)
        path =
            rooms.count == 1
            ? "/rooms/\(NumberedMessage.room(rooms[0]))/events"
            : "/events?" + rooms.map { "room=\(NumberedMessage.room($0))" }.joined(separator: "&")
    }

    var isOpen: Bool {
        if case .open = phase { return true }
        return false
    }

    /// What the listener must have done by now, and has not.
    func isOverdue(_ now: Double) -> Bool {
        switch phase {
        case .waiting, .open: false
        case .connecting(let limit), .asking(let limit), .opening(let limit): now > limit
        }
    }

    func isDue(_ now: Double) -> Bool {
        if case .waiting(let time) = phase { return now >= time }
        return false
    }

    var port: Int { doors[door].port }

    func began(_ now: Double) {
        phase = .connecting(now + Self.patience)
    }

    /// The connection is there; returns what to send.
    func connected(_ now: Double) -> String {
        phase = .asking(now + Self.patience)
        presented = cursor
        let text = cursor.isEmpty ? nil : String(decoding: cursor, as: UTF8.self)
        return doors[door].request(path, presenting: text)
    }

    /// The connection is gone.
    func ended(_ now: Double, _ tally: inout Tally) {
        if isOpen { tally.ends += 1 } else { tally.failures += 1 }
        door = (door + 1) % doors.count
        scanner.reset()
        head = []
        phase = .waiting(now + retry)
    }

    /// Comes back at another time than it was told to.
    func comeBack(at time: Double, through door: Int) {
        self.door = door % doors.count
        if case .waiting = phase { phase = .waiting(time) }
    }

    /// Takes what the socket had; false where the connection is of no more use.
    func received(_ bytes: UnsafeRawBufferPointer, _ now: Double, _ tally: inout Tally, _ board: RoomBoard) -> Bool {
        tally.bytes += bytes.count
        if case .asking = phase { return receivedHead(bytes, now, &tally, board) }
        let isSound = scanner.read(bytes) { event in handle(event, now, &tally, board) }
        if !isSound { tally.verdict.malformed += 1 }
        return isSound
    }

    private func receivedHead(
        _ bytes: UnsafeRawBufferPointer,
        _ now: Double,
        _ tally: inout Tally,
        _ board: RoomBoard
    ) -> Bool {
        head.append(contentsOf: bytes)
        let text = String(decoding: head.prefix(4096), as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return head.count < 4096 }
        let first = text.prefix { $0 != "\r\n" }
        guard text.hasPrefix("HTTP/1.1 200 "), text.contains("ontent-Type: text/event-stream\r\n") else {
            tally.refusals[String(first), default: 0] += 1
            return false
        }
        phase = .opening(now + Self.patience)
        let rest = head[text[..<end.upperBound].utf8.count...]
        head = []
        return rest.isEmpty || rest.withUnsafeBytes { received($0, now, &tally, board) }
    }

    private func handle(_ event: EventScanner.Event, _ now: Double, _ tally: inout Tally, _ board: RoomBoard) {
        if event.isMalformed { odd(event, &tally) }
        if let milliseconds = event.retry { retry = Double(milliseconds) / 1000 }
        if event.name.isEmpty {
            guard isOpen, let message = NumberedMessage(event.data), let id = event.id, let position = EventID(id)
            else {
                return odd(event, &tally)
            }
            hearing.message(message.number, in: message.room, id: position, &tally.verdict)
            return keep(id)
        }
        switch String(decoding: event.name, as: UTF8.self) {
        case "ready": ready(event, now, &tally, board)
        case "gap": gap(event, &tally)
        case "bye":
            let reason = (try? JSONDecoder().decode(Bye.self, from: Data(event.data)))?.reason ?? "?"
            tally.byes[reason, default: 0] += 1
            tally.byesByTenth[Int(now * 10), default: 0] += 1
            if let id = event.id, !id.elementsEqual(presented) { odd(event, &tally) }
        case "presence": break
        default: odd(event, &tally)
        }
        if let id = event.id { keep(id) }
    }

    private func ready(_ event: EventScanner.Event, _ now: Double, _ tally: inout Tally, _ board: RoomBoard) {
        guard case .opening = phase, let id = event.id else { return odd(event, &tally) }
        phase = .open
        tally.readies += 1
        tally.readiesByTenth[Int(now * 10), default: 0] += 1
        if presented.isEmpty {
            hearing.opened(rooms, begun: board.begun)
        } else {
            if !id.elementsEqual(presented) { odd(event, &tally) }
            if String(decoding: event.data, as: UTF8.self).contains(#""resumed":false"#) { tally.unresumed += 1 }
        }
    }

    private func gap(_ event: EventScanner.Event, _ tally: inout Tally) {
        guard isOpen, event.id != nil, let gap = try? JSONDecoder().decode(Gap.self, from: Data(event.data)),
            let room = rooms.first(where: { NumberedMessage.room($0) == gap.room })
        else { return odd(event, &tally) }
        tally.gaps[gap.reason, default: 0] += 1
        hearing.gap(gap.reason, in: room, &tally.verdict)
    }

    private func keep(_ id: UnsafeRawBufferPointer) {
        cursor.removeAll(keepingCapacity: true)
        cursor.append(contentsOf: id)
    }

    private func odd(_ event: EventScanner.Event, _ tally: inout Tally) {
        tally.verdict.malformed += 1
        guard tally.oddities.count < 5 else { return }
        let id = event.id.map { String(decoding: $0, as: UTF8.self) } ?? "none"
        let name = String(decoding: event.name, as: UTF8.self)
        tally.oddities.append(
            "\(path): event \(name) id \(id): \(String(decoding: event.data.prefix(200), as: UTF8.self))"
        )
    }

    private struct Gap: Decodable {
        var room: String
        var reason: String
    }

    private struct Bye: Decodable {
        var reason: String
    }
}
