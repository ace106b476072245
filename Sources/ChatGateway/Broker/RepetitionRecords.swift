import NIOCore

/// Which messages with a repetition key were appended lately, and where they stand.
struct RepetitionRecords {
    private struct Record {
        var position: Position
        var expiry: UInt64
    }

    private let limits: LocalBroker.Limits
    /// By room and key, as bytes: Swift's strings are equal when their characters look alike, and users' names are not.
    private var records: [[UInt8]: Record] = [:]
    /// In order of expiry; a key whose record was made anew stands in it twice.
    private var expiries = CircularBuffer<(key: [UInt8], expiry: UInt64)>()

    /// Begins without records.
    init(limits: LocalBroker.Limits) {
        self.limits = limits
    }

    /// How many keys are remembered.
    var count: Int { records.count }
    /// Whether no further key can be remembered.
    var isFull: Bool { records.count >= limits.repetitions }

    /// Where the message with this key stands, if it was appended lately.
    func position(of name: String, in room: Room, now: UInt64) -> Position? {
        guard let record = records[Self.key(name, room)], record.expiry > now else { return nil }
        return record.position
    }

    /// Remembers where the message with this key stands.
    mutating func insert(_ name: String, in room: Room, at position: Position, now: UInt64) {
        let key = Self.key(name, room)
        let expiry = now + limits.repetitionTime
        records[key] = Record(position: position, expiry: expiry)
        expiries.append((key, expiry))
    }

    /// Forgets keys whose time is over, a limited number of them.
    ///
    /// Says whether it stopped at the limit.
    mutating func expire(now: UInt64, atMost limit: Int) -> Bool {
        var steps = 0
        while steps < limit, let first = expiries.first, first.expiry <= now {
            expiries.removeFirst()
            steps += 1
            if records[first.key]?.expiry == first.expiry { records[first.key] = nil }
        }
        return steps == limit
    }

    // A room's name has no control characters, so that the zero tells where it ends.
    private static func key(_ name: String, _ room: Room) -> [UInt8] {
        Array(room.name.utf8) + [0] + Array(name.utf8)
    }
}
