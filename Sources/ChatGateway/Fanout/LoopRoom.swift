import NIOCore

/// A room on one loop: its log, and the streams that read from it.
final class LoopRoom {
    /// Frames a loop keeps of one room, in bytes.
    static let maximumBytes = 1024 * 1024

    let room: Room
    /// Everything that has come since the loop joined, as far as it is kept.
    private(set) var log = RoomLog(start: .zero)
    /// What was read from the broker for streams that are behind the log, the newest last.
    ///
    /// Several, because streams that are behind by different amounts would take each other's page away again and again.
    private(set) var pages: [Page] = []
    /// Whether the room is complete up to the node's clock, and not just up to ``complete``.
    var isWhole = false
    /// What comes of the room belongs to another time until the node has sent what it has.
    var awaitsSnapshot = true
    var complete = Position.zero
    /// The streams in the room, in no order.
    private(set) var members: [EventStream] = []
    /// Streams that stand still until a page has been read.
    var waiting: [EventStream] = []
    /// The lowest position that a stream wants to read on from; ``Position/last`` where none does.
    var lowest = Position.last
    /// Whether a page is being read.
    var isReading = false
    /// Searches for the start of a replay that are being read.
    var searches: Set<ReadRange> = []
    /// How many pages have come.
    private(set) var pageCount = 0
    /// The tick at which the last stream left.
    var idleSince: UInt32?

    /// The first message that came as it was posted, and whose way to all streams has yet to be measured.
    var unmeasured: Position?

    /// How many members the pass under way has yet to visit, from the front.
    private var passRest = 0
    /// What had come when the pass began.
    private var passEnd = Position.zero
    /// Whether a pass is under way or due.
    var isInPasses = false

    /// Events without an id for the next pass.
    private var nextSignals: ByteBuffer?
    /// Events without an id that the pass under way brings to streams that are at the head.
    private(set) var signals: ByteBuffer?
    /// What may gather for a pass, in bytes; what comes beyond is dropped.
    static let maximumSignals = 64 * 1024

    /// The slice that the last stream wrote; most streams of a pass write the same.
    private var shared: SharedSlice?

    /// A stretch of the room's past, beside the log.
    struct Page {
        /// The room's how many-eth page it is.
        let number: Int
        var log: RoomLog
        /// The tick at which it came.
        let since: UInt32
    }

    /// Pages that are held at once; their bytes are bounded by the loop's budget.
    static let maximumPages = 16

    private struct SharedSlice {
        var place: RoomLog.Place
        var slice: Slice
    }

    /// Frames to write, and where that leaves a stream.
    struct Slice {
        var bytes: ByteBuffer
        var count: Int
        /// The last frame's position.
        var position: Position
        /// The place behind the last frame.
        var next: RoomLog.Place
        /// Whether the frames are passed over: there are no bytes then.
        var isLeftOut = false
    }

    /// What comes next behind a position.
    enum Next {
        /// Nothing has come yet.
        case head
        /// A frame in the log.
        case log(RoomLog.Place)
        /// A frame in one of the pages, good until another page comes.
        case page(RoomLog.Place, of: Int)
        /// Messages up to the position are missing and cannot be had.
        case gap(Position)
        /// Whatever is in the range has to be read from the broker.
        case missing(after: Position, through: Position)
    }

    init(room: Room) {
        self.room = room
    }

    /// What the log and the pages occupy.
    var byteCount: Int { pages.reduce(log.byteCount) { $0 + $1.log.byteCount } }

    // MARK: Members

    func add(_ stream: EventStream) -> Int {
        idleSince = nil
        members.append(stream)
        return members.count - 1
    }

    /// Takes a member out.
    ///
    /// A pass goes from the back to the front. Of those before it one takes the place, and of those behind it one that
    /// one's, so that nobody is skipped or visited twice.
    func remove(at index: Int) {
        passRest = min(passRest, members.count)
        var place = index
        if index < passRest {
            passRest -= 1
            place = passRest
        }
        if place != index {
            members[index] = members[place]
            members[index].cursor.moved(in: self, to: index)
        }
        guard let last = members.popLast(), place < members.count else { return }
        members[place] = last
        last.cursor.moved(in: self, to: place)
    }

    /// Takes out all streams that wait for a page.
    func release() -> [EventStream] {
        defer { waiting = [] }
        lowest = .last
        return waiting
    }

    // MARK: Passes

    func beginPass() {
        passRest = members.count
        passEnd = log.end
        signals = nextSignals
        nextSignals = nil
    }

    func endPass() {
        signals = nil
    }

    /// The next stream of the pass; nil at its end.
    func nextMember() -> EventStream? {
        passRest = min(passRest, members.count)
        guard passRest > 0 else { return nil }
        passRest -= 1
        return members[passRest]
    }

    /// Whether every member has been visited.
    var passIsOver: Bool { passRest == 0 || members.isEmpty }

    /// Goes through the messages that the pass has brought to all members, but for those that are old already.
    func forEachMeasured(_ body: (Position) -> Void) {
        guard let first = unmeasured, passEnd >= first else { return }
        unmeasured = nil
        for segment in log.segments.reversed() {
            guard let last = segment.marks.last, last.position >= first else { break }
            for mark in segment.marks.reversed() where mark.position >= first {
                if mark.position > passEnd {
                    unmeasured = mark.position
                } else if !members.isEmpty {
                    body(mark.position)
                }
            }
        }
    }

    /// Whether more has come since the pass began.
    var hasNews: Bool { log.end > passEnd || nextSignals != nil }

    // MARK: What comes

    func append(_ frame: Frame) -> Int? {
        guard frame.position > log.end else { return nil }
        shared = nil
        let opened = log.append(frame)
        while log.byteCount > Self.maximumBytes, log.segments.count > 1 { log.dropFirst() }
        return opened
    }

    /// Adds an event without an id for the next pass.
    func add(signal: ByteBuffer) {
        guard (nextSignals?.readableBytes ?? 0) + signal.readableBytes <= Self.maximumSignals else { return }
        guard nextSignals != nil else { return nextSignals = signal }
        nextSignals?.writeImmutableBuffer(signal)
    }

    func restart(at position: Position) {
        shared = nil
        pages = []
        log.restart(at: position)
        unmeasured = nil
        // A pass under way has to visit everybody again; some have its signals already.
        signals = nil
        passRest = members.count
        passEnd = position
    }

    func seal() {
        log.seal()
    }

    /// Drops the oldest segments, up to and with one.
    func drop(through number: Int) {
        shared = nil
        while log.firstNumber <= number, !log.segments.isEmpty { log.dropFirst() }
    }

    /// Takes a page over: in front of the log where it fits, else beside it.
    func install(_ new: RoomLog, at tick: UInt32) {
        shared = nil
        pageCount += 1
        // What it begins where another one began has come in that one's place.
        pages.removeAll { $0.log.start == new.start }
        if new.end == log.start, !new.hasHoles, log.byteCount + new.byteCount <= Self.maximumBytes {
            log.prepend(new)
        } else {
            if pages.count == Self.maximumPages { pages.removeFirst() }
            pages.append(Page(number: pageCount, log: new, since: tick))
        }
    }

    /// Whether a page is there for longer than streams should need; who is still reading it has it read again.
    func isOld(_ page: Page, at tick: UInt32) -> Bool { tick &- page.since > 5 }

    /// Lets pages go.
    func dropPages(where isDropped: (Page) -> Bool) {
        pages.removeAll(where: isDropped)
    }

    // MARK: What streams read

    /// What comes next behind a position; `hint` is the place that followed when the stream wrote last.
    func next(after base: Position, hint: RoomLog.Place?) -> Next {
        if base >= log.start {
            if let hint, let place = log.current(hint) { return .log(place) }
            guard let place = log.place(after: base) else { return .head }
            return check(place, in: log, after: base) ?? .log(place)
        }
        guard let index = pages.firstIndex(where: { base >= $0.log.start && base < $0.log.end }) else {
            return .missing(after: base, through: log.start)
        }
        let page = pages[index].log
        // Behind the page's last frame, and yet not at its end: what was there is gone.
        guard let place = page.place(after: base) else { return .gap(page.end) }
        return check(place, in: page, after: base) ?? .page(place, of: index)
    }

    private func check(_ place: RoomLog.Place, in log: RoomLog, after base: Position) -> Next? {
        guard place.mark == 0 else { return nil }
        let previous = log.segments[place.segment - log.firstNumber].previous
        return previous > base ? .gap(previous) : nil
    }

    /// Has the authors of all messages read that stand behind a position, in the log or in a page.
    func readAuthors(after position: Position, page: Int?) {
        let log = page.map { pages[$0].log } ?? self.log
        guard let place = log.place(after: position) else { return }
        for number in place.segment..<log.firstNumber + log.segments.count { readAuthors(of: number, page: page) }
    }

    /// Has the authors of a segment's messages read, in the log or in a page.
    func readAuthors(of segment: Int, page: Int?) {
        if let page { pages[page].log.readAuthors(of: segment) } else { log.readAuthors(of: segment) }
    }

    /// The frames from a place on that a stream gets, or those that it leaves out, whichever come first.
    ///
    /// A stream that leaves nothing out of what most others write gets what they get.
    func slice(at place: RoomLog.Place, leavingOut exclusion: Exclusion) -> Slice {
        readAuthors(of: place.segment, page: nil)
        return log.slice(slice(at: place), at: place, leavingOut: exclusion)
    }

    /// The frames from a place on, as many as one slice holds.
    func slice(at place: RoomLog.Place) -> Slice {
        if shared?.place == place, let slice = shared?.slice { return slice }
        let slice = log.slice(at: place, before: .last)
        shared = SharedSlice(place: place, slice: slice)
        return slice
    }
}

extension RoomLog {
    /// A place that still fits, moved on where its segment is at its end; nil where it has to be looked up.
    func current(_ place: Place) -> Place? {
        let index = place.segment - firstNumber
        guard index >= 0, index < segments.count else { return nil }
        if place.mark < segments[index].marks.count { return place }
        return index + 1 < segments.count ? Place(segment: place.segment + 1, mark: 0) : nil
    }

    func position(at place: Place) -> Position {
        segments[place.segment - firstNumber].marks[place.mark].position
    }

    /// The first part of a slice from a place on that a stream gets or leaves out as a whole.
    func slice(_ whole: LoopRoom.Slice, at place: Place, leavingOut exclusion: Exclusion) -> LoopRoom.Slice {
        let segment = segments[place.segment - firstNumber]
        let end = place.mark + whole.count
        let isLeftOut = segment.isCovered(place.mark, by: exclusion)
        var last = place.mark + 1
        while last < end, segment.isCovered(last, by: exclusion) == isLeftOut { last += 1 }
        guard isLeftOut || last < end else { return whole }
        return LoopRoom.Slice(
            bytes: isLeftOut ? ByteBuffer() : segment.slice(from: place.mark, to: last),
            count: last - place.mark,
            position: segment.marks[last - 1].position,
            next: Place(segment: place.segment, mark: last),
            isLeftOut: isLeftOut
        )
    }

    /// The frames of one segment from a place on whose position is below a limit; at least the one at the place.
    func slice(at place: Place, before limit: Position) -> LoopRoom.Slice {
        let segment = segments[place.segment - firstNumber]
        var last = segment.marks.count
        if let newest = segment.marks.last, newest.position >= limit {
            last = place.mark + 1
            while segment.marks[last].position < limit { last += 1 }
        }
        return LoopRoom.Slice(
            bytes: segment.slice(from: place.mark, to: last),
            count: last - place.mark,
            position: segment.marks[last - 1].position,
            next: Place(segment: place.segment, mark: last)
        )
    }
}
