import ChatGateway
import NIOCore

extension BrokerConformance {
    static let few = HistoryLimits(count: 20)
    static let young = HistoryLimits(age: .seconds(1))
    static let small = HistoryLimits(bytes: 100_000)

    func historyIsBoundedByCount(_ stage: BrokerStage) async throws {
        let room = try stage.room("count")
        let most = Self.few.count + slack.messages
        var positions: [Position] = []
        for number in 0..<(2 * most + 50) { positions.append(try await stage.store("\(number)", in: room)) }
        let entries = try await stage.readAll(room)
        try ConformanceFailure.unless(
            (Self.few.count...most).contains(entries.count),
            "of \(positions.count) messages \(entries.count) are retained, not \(Self.few.count) to \(most)"
        )
        let newest = Array(positions.suffix(entries.count))
        try ConformanceFailure.unless(entries.map(\.position) == newest, "it is not the newest that are retained")
        let first = positions[positions.count - entries.count - 1]
        try ConformanceFailure.unless(entries.first?.previous == first, "the oldest does not name the one before it")
    }

    func historyIsBoundedByAge(_ stage: BrokerStage) async throws {
        let room = try stage.room("age")
        var last = Position.zero
        for number in 0..<10 { last = try await stage.store("\(number)", in: room) }
        let range = ReadRange(after: .zero, through: .last, limit: 100)
        try await stage.until("messages are too old") {
            try await stage.broker.read(range, of: room).entries.isEmpty
        }
        let page = try await stage.broker.read(range, of: room)
        try ConformanceFailure.unless(!page.hasMore, "an empty log says that there is more")
        try ConformanceFailure.unless(page.last == last, "the room's last message was \(last), not \(page.last)")
        let next = try await stage.store("next", in: room)
        let entry = try await stage.broker.read(range, of: room).entries.first
        try ConformanceFailure.unless(entry?.position == next, "the next message is not in the log")
        let isChained = entry?.previous == last || entry?.previousIsBound == true
        try ConformanceFailure.unless(isChained, "the next message does not name the last one")
    }

    func historyIsBoundedByBytes(_ stage: BrokerStage) async throws {
        let room = try stage.room("bytes")
        let size = 10_000
        let most = (Self.small.bytes + slack.bytes) / size
        var positions: [Position] = []
        for number in 0..<(2 * most + 10) {
            let text = "\(number) ".padding(size)
            positions.append(try await stage.store(text, in: room))
        }
        let entries = try await stage.readAll(room, limit: 10)
        try ConformanceFailure.unless(
            (Self.small.bytes / size / 2...most).contains(entries.count),
            "\(entries.count) messages of \(size) bytes are retained, not up to \(most)"
        )
        let newest = Array(positions.suffix(entries.count))
        try ConformanceFailure.unless(entries.map(\.position) == newest, "it is not the newest that are retained")
    }

    func readingTakesEitherEndOfARange(_ stage: BrokerStage) async throws {
        let room = try stage.room("ranges")
        let empty = Position(milliseconds: 1, sequence: 0)
        var all: [Position] = []
        for number in 0..<30 {
            all.append(try await stage.store("\(number) ".padding(number * 100), in: room))
        }
        let entries = try await stage.readAll(room)
        try ConformanceFailure.unless(entries.map(\.position) == all, "read other messages than were stored")
        let marks = [.zero, empty, all[0], all[1], all[13], all[28], all[29], .last]
        for after in marks {
            for through in marks {
                for limit in [1, 7, 30, 500] {
                    for byteLimit in [1, 5000, 1_000_000] {
                        for end in [ReadRange.End.oldest, .newest] {
                            let range = ReadRange(
                                after: after,
                                through: through,
                                limit: limit,
                                byteLimit: byteLimit,
                                from: end
                            )
                            try check(try await stage.broker.read(range, of: room), range, entries)
                        }
                    }
                }
            }
        }
    }

    private func check(_ page: Page, _ range: ReadRange, _ all: [Entry]) throws(ConformanceFailure) {
        func fail(_ what: String) -> ConformanceFailure { ConformanceFailure("\(what): \(range)") }
        let wanted = all.filter { $0.position > range.after && $0.position <= range.through }
        let count = page.entries.count
        let expected = range.end == .oldest ? wanted.prefix(count) : wanted.suffix(count)
        guard page.entries == Array(expected) else { throw fail("not the entries at the range's end") }
        guard page.hasMore == (count < wanted.count) else { throw fail("hasMore is \(page.hasMore)") }
        guard count <= range.limit else { throw fail("\(count) entries") }
        let bytes = page.entries.reduce(0) { $0 + $1.body.readableBytes }
        guard bytes <= range.byteLimit || count == 1 else { throw fail("\(bytes) bytes") }
        guard count > 0 || wanted.isEmpty else { throw fail("nothing, though there is something") }
        let fits = wanted.count <= range.limit && wanted.reduce(0) { $0 + $1.body.readableBytes } <= range.byteLimit
        guard count == wanted.count || !fits else { throw fail("\(count) entries, though \(wanted.count) fit") }
        guard page.last == all.last?.position else { throw fail("the last message is not \(page.last)") }
    }
}

extension String {
    /// The text, made longer with the letter x.
    fileprivate func padding(_ length: Int) -> String {
        self + String(repeating: "x", count: max(0, length - utf8.count))
    }
}
