import NIOCore

/// The messages of one room that ``LocalBroker`` still has, oldest first.
///
/// Appending and taking off the oldest cost the same however long the log is; finding a position is a binary search.
final class LocalLog {
    /// Whose messages these are.
    let room: Room
    /// The position of the room's last message, retained or not.
    private(set) var last: Position = .zero
    /// Bytes of all bodies.
    private(set) var bodyBytes = 0
    /// Whether the room stands in the list of rooms that may be forgotten.
    var isListedAsSilent = false
    private var entries = CircularBuffer<Entry>(initialCapacity: 1)

    /// Begins an empty log.
    init(room: Room) {
        self.room = room
    }

    /// How many messages there are.
    var count: Int { entries.count }
    /// The oldest message.
    var first: Entry? { entries.first }

    /// The message at an index, counted from the oldest.
    subscript(index: Int) -> Entry { entries[offset: index] }

    /// Adds a message behind all others.
    func append(_ entry: Entry) {
        entries.append(entry)
        bodyBytes += entry.body.readableBytes
        last = entry.position
    }

    /// Takes off the oldest message.
    func removeFirst() -> Entry? {
        guard let entry = entries.popFirst() else { return nil }
        bodyBytes -= entry.body.readableBytes
        // A ring does not shrink by itself, and most rooms that fall silent once held more than they need.
        if entries.isEmpty { entries = CircularBuffer(initialCapacity: 1) }
        return entry
    }

    /// How many messages stand at or before a position.
    func count(through position: Position) -> Int {
        var lower = 0
        var upper = entries.count
        while lower < upper {
            let middle = (lower + upper) / 2
            if entries[offset: middle].position <= position { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }

    /// The messages in (`after`, `through`] that fit into the range's limits, and whether there are more.
    func entries(in range: ReadRange) -> (entries: [Entry], hasMore: Bool) {
        let lower = count(through: range.after)
        let upper = max(lower, count(through: range.through))
        var taken = 0
        var bytes = 0
        while taken < min(upper - lower, range.limit) {
            let index = range.end == .oldest ? lower + taken : upper - 1 - taken
            bytes += entries[offset: index].body.readableBytes
            if bytes > range.byteLimit, taken > 0 { break }
            taken += 1
        }
        let start = range.end == .oldest ? lower : upper - taken
        return ((start..<start + taken).map { entries[offset: $0] }, taken < upper - lower)
    }
}
