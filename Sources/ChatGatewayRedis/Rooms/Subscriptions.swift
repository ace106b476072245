import ChatGateway

/// Which rooms a node listens to, and of which of them it can say that nothing is missing.
///
/// The rules are DESIGN's "whole rooms" and "epoch". In short: the subscription link delivers everything in order of
/// position, so the highest position on it is the node's clock. A room becomes whole by a confirmed SUBSCRIBE, a read,
/// and the mark that the read has published: what came before the mark is in the read, what comes behind it is not.
/// Whatever contradicts that drops the links, and every room starts over.
struct Subscriptions {
    enum Action: Hashable, Sendable {
        /// Hand this to the sink.
        case tell(BrokerEvent)
        /// Send SUBSCRIBE for these rooms.
        case subscribe([Room])
        /// Send UNSUBSCRIBE for this room.
        case unsubscribe(Room)
        /// Send a read with this mark.
        case read(mark: UInt64, [ReadScript.Wish])
        /// Drop all links, for this reason.
        case drop(String)
    }

    struct Limits: Hashable, Sendable {
        /// Reads in flight.
        ///
        /// Default 4.
        var reads = 4
        /// Rooms in a read.
        ///
        /// Default ``ReadScript/rooms``.
        var roomsPerRead = ReadScript.rooms
        /// Bytes of messages that wait for the reply to their room's read, over all rooms.
        ///
        /// Default 8 MiB.
        var waiting = 8 << 20
    }

    private enum Phase: Hashable {
        /// SUBSCRIBE is not sent or not confirmed.
        case unconfirmed
        /// Waits for a place in a read.
        case unread
        /// Is in the read with this mark.
        case reading(mark: UInt64)
        /// Complete up to the clock.
        case whole
    }

    private struct State {
        var phase = Phase.unconfirmed
        /// The room's last message that the sink has, or where its log begins; nil if the sink's log is void.
        var last: Position?
        /// What came behind the mark, while the read's reply is not there.
        var waiting: [Entry] = []
        /// Whether more came than may wait, so that the room has to be read again.
        var hasOverflowed = false
        /// Whether the read left something behind.
        var hasMore = false
    }

    private struct Read {
        var rooms: [Room]
        var isMarked = false
        var isAnswered = false
    }

    private var rooms: [Room: State] = [:]
    /// SUBSCRIBEs that are sent and not confirmed, per room, on the present link.
    private var unconfirmed: [Room: Int] = [:]
    private var unread: [Room] = []
    private var reads: [UInt64: Read] = [:]
    private var mark: UInt64 = 0
    private var waitingBytes = 0
    private var isUp = false
    private let limits: Limits

    /// The history as this node knows it; nil before the first probe.
    private(set) var timeline: Timeline?
    /// The highest position that has arrived on the subscription link.
    private(set) var clock = Position.zero
    /// The highest position that any reply or message of the present epoch has carried.
    private(set) var received = Position.zero

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// What the next probe brings along; nil before the first.
    var receivedCursor: Cursor? { timeline.map { Cursor(epoch: $0.epoch, position: received) } }

    /// The number of rooms.
    var count: Int { rooms.count }

    // MARK: What the node wants

    /// The node wants a room's messages.
    mutating func wanted(_ room: Room) -> Action? {
        guard rooms[room] == nil else { return nil }
        rooms[room] = State()
        guard isUp else { return nil }
        unconfirmed[room, default: 0] += 1
        return .subscribe([room])
    }

    /// The node does not want a room's messages any more.
    mutating func unwanted(_ room: Room) -> Action? {
        guard let state = rooms.removeValue(forKey: room) else { return nil }
        release(state.waiting)
        return isUp ? .unsubscribe(room) : nil
    }

    // MARK: What the links do

    /// All links are up, and the first probe was answered.
    mutating func linksCameUp(_ standing: Standing) -> [Action] {
        var actions: [Action] = []
        if timeline != standing.timeline { actions.append(.tell(.timeline(standing.timeline))) }
        if let known = timeline, known.epoch != standing.timeline.epoch {
            cross(standing.timeline.standing(of: Cursor(epoch: known.epoch, position: clock)))
        }
        timeline = standing.timeline
        received = standing.top
        isUp = true
        if !rooms.isEmpty {
            let all = Array(rooms.keys)
            for room in all { unconfirmed[room] = 1 }
            actions.append(.subscribe(all))
        }
        return actions
    }

    /// The links are down.
    mutating func linksWentDown() -> [Action] {
        guard isUp else { return [] }
        isUp = false
        unconfirmed = [:]
        unread = []
        reads = [:]
        waitingBytes = 0
        for room in rooms.keys {
            rooms[room]?.phase = .unconfirmed
            rooms[room]?.waiting = []
            rooms[room]?.hasOverflowed = false
            rooms[room]?.hasMore = false
        }
        return [.tell(.stalled)]
    }

    private mutating func cross(_ standing: Timeline.Standing) {
        switch standing {
        case .present, .kept: return
        case .lost(let position): clock = min(clock, position)
        case .unknown: clock = .zero
        }
        // The sink's logs are void: each begins anew at the room's end, and streams read what they lack in pages.
        for room in rooms.keys { rooms[room]?.last = nil }
    }

    // MARK: What Redis says

    /// An epoch and a position stood in a reply or on the subscription link.
    ///
    /// - Returns: ``Action/drop(_:)`` where the epoch is not the one this node knows.
    mutating func saw(_ epoch: Epoch, _ position: Position) -> Action? {
        guard isUp else { return nil }
        guard epoch == timeline?.epoch else { return .drop("another epoch") }
        received = max(received, position)
        return nil
    }

    /// Redis has confirmed a SUBSCRIBE.
    mutating func confirmed(_ room: Room) -> [Action] {
        guard isUp, let count = unconfirmed[room] else { return [] }
        guard count == 1 else {
            unconfirmed[room] = count - 1
            return []
        }
        unconfirmed[room] = nil
        guard let state = rooms[room], state.phase == .unconfirmed else { return [] }
        rooms[room]?.phase = .unread
        unread.append(room)
        return []
    }

    /// Everything that arrived together was handed over: rooms that wait for a read are read together.
    mutating func settled() -> [Action] {
        var actions: [Action] = []
        while isUp, !unread.isEmpty, reads.count < limits.reads {
            var wishes: [ReadScript.Wish] = []
            var rest: [Room] = []
            for room in unread {
                guard let state = rooms[room], state.phase == .unread else { continue }
                if wishes.count < limits.roomsPerRead {
                    wishes.append(ReadScript.Wish(room: room, after: state.last))
                } else {
                    rest.append(room)
                }
            }
            unread = rest
            guard !wishes.isEmpty else { break }
            mark += 1
            for wish in wishes { rooms[wish.room]?.phase = .reading(mark: mark) }
            reads[mark] = Read(rooms: wishes.map(\.room))
            actions.append(.read(mark: mark, wishes))
        }
        return actions
    }

    /// A read was answered; the parts stand in the order of the wishes.
    mutating func readAnswered(mark: UInt64, _ standing: Standing, _ parts: [ReadScript.Part]) -> [Action] {
        if let drop = saw(standing.timeline.epoch, standing.top) { return [drop] }
        guard var read = reads.removeValue(forKey: mark) else { return [] }
        guard parts.count == read.rooms.count else { return [.drop("a read with parts missing")] }
        var actions: [Action] = []
        for (room, part) in zip(read.rooms, parts) where rooms[room]?.phase == .reading(mark: mark) {
            actions.append(.tell(take(part, of: room)))
        }
        read.isAnswered = true
        if read.isMarked { return actions + finish(read, mark) }
        reads[mark] = read
        return actions
    }

    /// A read's mark arrived on the subscription link.
    mutating func marked(_ mark: UInt64, epoch: Epoch, top: Position) -> [Action] {
        if let drop = saw(epoch, top) { return [drop] }
        guard isUp else { return [] }
        var actions: [Action] = []
        if let event = moveClock(to: top) { actions.append(.tell(event)) }
        guard reads[mark] != nil else { return actions }
        reads[mark]?.isMarked = true
        if let read = reads[mark], read.isAnswered { actions += finish(read, mark) }
        return actions
    }

    /// A probe's publication arrived on the subscription link.
    mutating func probeArrived(epoch: Epoch, top: Position) -> Action? {
        if let drop = saw(epoch, top) { return drop }
        guard isUp else { return nil }
        return moveClock(to: top).map { .tell($0) }
    }

    /// A message arrived on the subscription link.
    mutating func messageArrived(_ entry: Entry, epoch: Epoch, in room: Room) -> Action? {
        if let drop = saw(epoch, entry.position) { return drop }
        guard isUp else { return nil }
        clock = max(clock, entry.position)
        guard let state = rooms[room] else { return nil }
        switch state.phase {
        case .unconfirmed, .unread:
            return nil
        case .reading(let mark):
            // What comes before the mark is in the read.
            if reads[mark]?.isMarked == true { keep(entry, of: room) }
            return nil
        case .whole:
            guard let last = state.last, entry.position > last else { return nil }
            guard entry.previousIsBound || entry.previous <= last else { return .drop("a hole in a room") }
            rooms[room]?.last = entry.position
            return .tell(.message(room, Self.chained(entry, to: last)))
        }
    }

    // MARK: Rooms

    /// Whoever follows the room without a hole knows better than a bound beyond its last message.
    private static func chained(_ entry: Entry, to last: Position) -> Entry {
        guard entry.previous > last else { return entry }
        var entry = entry
        entry.previous = last
        entry.previousIsBound = false
        return entry
    }

    private mutating func moveClock(to position: Position) -> BrokerEvent? {
        guard position > clock else { return nil }
        clock = position
        return .clock(position)
    }

    private mutating func take(_ part: ReadScript.Part, of room: Room) -> BrokerEvent {
        rooms[room]?.hasMore = part.hasMore
        guard let last = rooms[room]?.last else {
            rooms[room]?.last = part.last
            // Nothing was asked for behind "nothing", so that there is no more either.
            rooms[room]?.hasMore = false
            return .read(room, entries: [], restart: part.last)
        }
        let entries = part.entries.filter { $0.position > last }
        if let first = entries.first, let end = entries.last {
            rooms[room]?.last = end.position
            guard first.previous <= last else { return .read(room, entries: entries, restart: first.previous) }
            return .read(room, entries: entries, restart: nil)
        }
        // What there was is not retained any more.
        guard part.last > last, !part.hasMore else { return .read(room, entries: [], restart: nil) }
        rooms[room]?.last = part.last
        return .read(room, entries: [], restart: part.last)
    }

    private mutating func keep(_ entry: Entry, of room: Room) {
        guard rooms[room]?.hasOverflowed == false else { return }
        let bytes = entry.body.readableBytes + 128
        if waitingBytes + bytes > limits.waiting {
            rooms[room]?.hasOverflowed = true
            release(rooms[room]?.waiting ?? [])
            rooms[room]?.waiting = []
        } else {
            waitingBytes += bytes
            rooms[room]?.waiting.append(entry)
        }
    }

    private mutating func release(_ entries: [Entry]) {
        waitingBytes -= entries.reduce(0) { $0 + $1.body.readableBytes + 128 }
    }

    /// Reply and mark are both there: the read's rooms are whole, or have to be read again.
    private mutating func finish(_ read: Read, _ mark: UInt64) -> [Action] {
        reads[mark] = nil
        var actions: [Action] = []
        for room in read.rooms {
            guard var state = rooms[room], state.phase == .reading(mark: mark) else { continue }
            rooms[room] = nil
            let waiting = state.waiting
            state.waiting = []
            release(waiting)
            if state.hasMore || state.hasOverflowed {
                state.hasMore = false
                state.hasOverflowed = false
                state.phase = .unread
                rooms[room] = state
                unread.append(room)
                continue
            }
            var entries: [Entry] = []
            for entry in waiting {
                guard let last = state.last, entry.position > last else { continue }
                guard entry.previousIsBound || entry.previous <= last else {
                    rooms[room] = state
                    return actions + [.drop("a hole in a room")]
                }
                entries.append(Self.chained(entry, to: last))
                state.last = entry.position
            }
            state.phase = .whole
            rooms[room] = state
            // The messages that waited are older than the clock, so they come as something that was read.
            if !entries.isEmpty { actions.append(.tell(.read(room, entries: entries, restart: nil))) }
            actions.append(.tell(.whole(room, clock: clock)))
        }
        return actions
    }
}

extension Subscriptions.Action {
    /// Whether the links have to go.
    var isDrop: Bool {
        if case .drop = self { true } else { false }
    }
}
