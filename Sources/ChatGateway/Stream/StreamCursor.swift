import NIOCore

/// How far one stream has come in its rooms, and what it writes next.
///
/// It knows no sockets: it is asked for the next step, and the caller writes what it says.
struct StreamCursor {
    /// The stream's part in one of its rooms.
    struct Membership {
        let room: LoopRoom
        /// Where the stream stands among the room's members.
        var index: Int
        /// What follows in the room's log; just a shortcut, nil where it has to be looked up.
        var place: RoomLog.Place?
        /// Up to here gaps were told in this room, where that is beyond the cursor.
        var told = Position.zero
    }

    /// What a stream does next.
    enum Step {
        /// Write these frames; the cursor has moved behind them.
        case write(ByteBuffer, count: Int)
        /// Write nothing; the cursor has moved behind frames that the stream leaves out.
        case leaveOut
        /// Tell that messages of the room are missing; the cursor is what the event carries.
        case gap(Room)
        /// Wait until the range was read from the broker.
        case wait(LoopRoom, after: Position)
        /// Nothing to do until something comes.
        case rest
    }

    /// Everything up to here, in all rooms, was delivered, told as a gap, or not asked for.
    private(set) var position = Position.zero
    // Most streams are in one room: that one needs no array.
    private var first: Membership?
    private var others: [Membership] = []

    init() {}

    // MARK: Rooms

    var roomCount: Int { first == nil ? 0 : 1 + others.count }

    var rooms: [LoopRoom] {
        guard let first else { return [] }
        return [first.room] + others.map(\.room)
    }

    /// Whether every room is complete up to the node's clock.
    var isWhole: Bool {
        guard let first, first.room.isWhole else { return false }
        return others.allSatisfy(\.room.isWhole)
    }

    mutating func join(_ room: LoopRoom, index: Int) {
        let membership = Membership(room: room, index: index)
        if first == nil { first = membership } else { others.append(membership) }
    }

    /// The room has moved the stream among its members.
    mutating func moved(in room: LoopRoom, to index: Int) {
        if first?.room === room {
            first?.index = index
        } else if let other = others.firstIndex(where: { $0.room === room }) {
            others[other].index = index
        }
    }

    /// Leaves all rooms.
    ///
    /// Returns those that have no stream any more.
    mutating func leave() -> [LoopRoom] {
        let all = (first.map { [$0] } ?? []) + others
        first = nil
        others = []
        for membership in all { membership.room.remove(at: membership.index) }
        return all.map(\.room).filter(\.members.isEmpty)
    }

    // MARK: Moving

    /// Sets where the stream starts, or starts again after its rooms have lost what they had.
    ///
    /// - Parameters:
    ///   - position: The cursor.
    ///   - told: Per room where it begins, where that is beyond the cursor.
    mutating func start(at position: Position, told: [Position] = []) {
        self.position = position
        for index in 0..<roomCount {
            self[index].place = nil
            self[index].told = index < told.count ? told[index] : .zero
        }
    }

    /// Behind which position the next message of a room is.
    func base(at index: Int) -> Position { max(position, self[index].told) }

    /// What the stream does next; a cursor that it says to write has moved when this returns.
    ///
    /// A stream that leaves something out looks at every frame before it is written.
    mutating func next(leavingOut exclusion: Exclusion? = nil) -> Step {
        if others.isEmpty, let room = first?.room, room.isWhole, position >= room.log.start {
            // The common cases: one room, and the stream is at its head, or the next frame is in the log.
            if position >= room.log.end { return .rest }
            if let place = first?.place, let current = room.log.current(place) {
                let slice = exclusion.map { room.slice(at: current, leavingOut: $0) } ?? room.slice(at: current)
                position = slice.position
                first?.place = slice.next
                return slice.isLeftOut ? .leaveOut : .write(slice.bytes, count: slice.count)
            }
        }
        return merged(leavingOut: exclusion)
    }

    /// The general case: the lowest next message of all rooms, if the next one of every room is known.
    private mutating func merged(leavingOut exclusion: Exclusion?) -> Step {
        var horizon = Position.last
        var best: (index: Int, place: RoomLog.Place, page: Int?, position: Position)?
        var second = Position.last
        for index in 0..<roomCount {
            let membership = self[index]
            let room = membership.room
            if !room.isWhole { horizon = min(horizon, room.complete) }
            let base = base(at: index)
            let found: (place: RoomLog.Place, page: Int?, position: Position)
            switch room.next(after: base, hint: membership.place) {
            case .head: continue
            case .gap(let through): return gap(through, index)
            case .missing: return .wait(room, after: base)
            case .log(let place): found = (place, nil, room.log.position(at: place))
            case .page(let place, let page): found = (place, page, room.pages[page].log.position(at: place))
            }
            if let held = best, held.position < found.position {
                second = min(second, found.position)
            } else {
                if let held = best { second = min(second, held.position) }
                best = (index, found.place, found.page, found.position)
            }
        }
        guard let best, best.position <= horizon else { return .rest }
        let limit = horizon == .last ? second : min(second, horizon.following)
        let room = self[best.index].room
        if exclusion != nil { room.readAuthors(of: best.place.segment, page: best.page) }
        let log = best.page.map { room.pages[$0].log } ?? room.log
        var slice = log.slice(at: best.place, before: limit)
        if let exclusion { slice = log.slice(slice, at: best.place, leavingOut: exclusion) }
        position = slice.position
        self[best.index].place = best.page == nil ? slice.next : nil
        return slice.isLeftOut ? .leaveOut : .write(slice.bytes, count: slice.count)
    }

    private mutating func gap(_ through: Position, _ index: Int) -> Step {
        self[index].told = through
        self[index].place = nil
        // A cursor beyond a gap is one for all rooms, so that only a stream in a single room moves there.
        if others.isEmpty { position = through }
        return .gap(self[index].room.room)
    }

    private subscript(index: Int) -> Membership {
        get {
            if index == 0, let first { return first }
            return others[index - 1]
        }
        set {
            if index == 0 { first = newValue } else { others[index - 1] = newValue }
        }
    }
}
