import NIOCore

/// The logs of all rooms of a ``LocalBroker``: gives positions, and keeps each room and the whole within their limits.
///
/// No call's cost grows with the number of rooms or messages: what became too old or too much is taken off a few at a
/// time, as messages come in and as a timer asks for it.
struct LocalLogs {
    /// A message by its place, in the order in which messages came in.
    private struct Place {
        var log: LocalLog
        var position: Position
    }

    private let limits: LocalBroker.Limits
    private let age: UInt64
    private var logs: [Room: LocalLog] = [:]
    /// Every retained message of every room, and some that are retained no longer.
    private var places = CircularBuffer<Place>()
    private var retained = 0
    /// The rooms without messages that nobody follows, in the order of their last one, and some that are not like that
    /// any more; each room once.
    private var silent = CircularBuffer<Place>()
    private(set) var bytes = 0
    /// The highest position given.
    private(set) var top: Position = .zero
    /// No forgotten room's last message stands behind this position.
    private(set) var forgot: Position = .zero
    /// Rooms that somebody follows, which are never forgotten.
    private(set) var followed: Set<Room> = []

    /// Begins without any room.
    init(limits: LocalBroker.Limits) {
        self.limits = limits
        // 2^53 ms are more than anybody waits, and no computation with them overflows.
        age = UInt64(min(max(.zero, limits.history.age) / .milliseconds(1), 0x1p53))
    }

    /// How many rooms are known, and how many messages are retained in them.
    var counts: (rooms: Int, messages: Int) { (logs.count, retained) }

    /// Remembers that somebody follows a room; false where somebody did.
    mutating func follow(_ room: Room) -> Bool { followed.insert(room).inserted }

    /// Remembers that nobody follows a room any more.
    mutating func unfollow(_ room: Room) {
        followed.remove(room)
        if let log = logs[room], log.count == 0 { becameSilent(log) }
    }

    /// The position of a room's last message; of an unknown room, one that it cannot be behind.
    func last(of room: Room) -> Position { logs[room]?.last ?? forgot }

    /// Gives a message its position and puts it into its room's log.
    mutating func append(_ body: ByteBuffer, from origin: Origin? = nil, to room: Room, now: UInt64) -> Entry {
        top = top.next(now: now)
        let known = logs[room]
        let entry = Entry(
            position: top,
            previous: known?.last ?? forgot,
            previousIsBound: known == nil,
            body: Self.compact(body),
            origin: origin
        )
        let log = known ?? LocalLog(room: room)
        if known == nil { logs[room] = log }
        if log.count == 0 { bytes += Self.roomOverhead }
        log.append(entry)
        places.append(Place(log: log, position: top))
        retained += 1
        bytes += Self.cost(of: entry)
        while log.count > 1, log.count > limits.history.count || log.bodyBytes > limits.history.bytes {
            removeFirst(of: log)
        }
        while bytes > limits.bytes, retained > 1 { removeOldest() }
        _ = expire(now: now, atMost: 4)
        if places.count > 2 * retained + 1024 { sweepPlaces() }
        return entry
    }

    /// Reads of a room's log what is not too old.
    func read(_ range: ReadRange, of room: Room, now: UInt64) -> (entries: [Entry], hasMore: Bool) {
        var range = range
        if now > age { range.after = max(range.after, Position(milliseconds: now - age, sequence: .max)) }
        guard let log = logs[room] else { return ([], false) }
        return log.entries(in: range)
    }

    /// The body of the message at a position.
    func body(at position: Position, in room: Room) -> ByteBuffer? {
        guard let log = logs[room] else { return nil }
        let count = log.count(through: position)
        guard count > 0, log[count - 1].position == position else { return nil }
        return log[count - 1].body
    }

    /// Takes off messages that are too old and rooms that have been silent for too long, a limited number of each.
    ///
    /// Says whether it stopped at the limit.
    mutating func expire(now: UInt64, atMost limit: Int) -> Bool {
        var steps = 0
        while steps < limit, let oldest = places.first, isOver(oldest.position, age, now) {
            removeOldest()
            steps += 1
        }
        var looked = 0
        while looked < limit, let oldest = silent.first,
            silent.count > limits.silentRooms || isOver(oldest.position, limits.silence, now)
        {
            silent.removeFirst()
            looked += 1
            oldest.log.isListedAsSilent = false
            guard oldest.log.count == 0, !followed.contains(oldest.log.room) else { continue }
            if oldest.log.last == oldest.position {
                logs[oldest.log.room] = nil
                forgot = max(forgot, oldest.position)
            } else {
                becameSilent(oldest.log)
            }
        }
        return steps == limit || looked == limit
    }

    private mutating func becameSilent(_ log: LocalLog) {
        guard !log.isListedAsSilent, !followed.contains(log.room) else { return }
        log.isListedAsSilent = true
        silent.append(Place(log: log, position: log.last))
    }

    private func isOver(_ position: Position, _ age: UInt64, _ now: UInt64) -> Bool {
        now > age && position.milliseconds <= now - age
    }

    private mutating func removeOldest() {
        guard let oldest = places.popFirst() else { return }
        if oldest.log.first?.position == oldest.position { removeFirst(of: oldest.log) }
        if places.isEmpty { places = CircularBuffer() }
    }

    private mutating func removeFirst(of log: LocalLog) {
        guard let entry = log.removeFirst() else { return }
        retained -= 1
        bytes -= Self.cost(of: entry)
        guard log.count == 0 else { return }
        bytes -= Self.roomOverhead
        becameSilent(log)
    }

    private mutating func sweepPlaces() {
        var kept = CircularBuffer<Place>(initialCapacity: 2 * retained)
        for place in places {
            if let first = place.log.first, first.position <= place.position { kept.append(place) }
        }
        places = kept
    }

    // What a message and a room cost besides the bodies' bytes, by the sizes of what stands for them, rounded up.
    private static let entryOverhead = 256
    private static let roomOverhead = 512

    private static func cost(of entry: Entry) -> Int { entry.body.storageCapacity + entryOverhead }

    /// A body that holds on to no more memory than it needs, however large the buffer is that it was cut from.
    private static func compact(_ body: ByteBuffer) -> ByteBuffer {
        guard body.storageCapacity > 2 * body.readableBytes + 256 else { return body }
        return ByteBufferAllocator().buffer(buffer: body)
    }
}
