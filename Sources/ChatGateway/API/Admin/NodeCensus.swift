import NIOCore

/// Asks a node's loops about their streams, each once and in one hop.
struct NodeCensus: Sendable {
    let fanout: Fanout

    /// What a loop holds.
    struct LoopCount: Sendable {
        var streams: Int
        var rooms: Int
        var deliveries: Int
    }

    /// How much each loop holds.
    func counts() async -> [LoopCount] {
        await gather { [LoopCount(streams: $0.streams.count, rooms: $0.rooms.count, deliveries: $0.deliveries)] }
    }

    /// How things stand on each loop, and the rooms with the most streams on all of them.
    ///
    /// A room that is not among the first 50 of any loop is not found.
    func figures(slowLimit: Int) async -> (loops: [LoopFigures], biggest: [(room: Room, streams: Int)]) {
        let figures = await gather { [$0.figures(slowLimit: slowLimit)] }
        guard figures.count > 1 else { return (figures, figures.first?.rooms ?? []) }
        let names = Array(Set(figures.flatMap { $0.rooms.map(\.room) }))
        var counts = [Int](repeating: 0, count: names.count)
        for part in await gather({ [$0.streamCounts(of: names)] }) {
            for (index, count) in part.enumerated() { counts[index] += count }
        }
        let ranks = zip(names, counts).filter { $0.1 > 0 }.map { RoomRank(room: $0.0, streams: $0.1) }
        return (figures, ranks.sorted().map { ($0.room, $0.streams) })
    }

    /// The streams with the lowest ids behind one, at most so many.
    func streams(after id: UInt64?, limit: Int, user: String?) async -> Slice<StreamSummary> {
        let found = await gather { $0.summaries(after: id, limit: limit + 1, user: user) }
        return Slice(found.sorted { $0.id < $1.id }, limit: limit)
    }

    /// The rooms with the lowest names behind one, at most so many, with their streams.
    func rooms(after room: Room?, limit: Int) async -> Slice<(room: Room, streams: Int)> {
        var counts: [Room: Int] = [:]
        for (room, streams) in await gather({ $0.roomCounts(after: room, limit: limit + 1) }) {
            counts[room, default: 0] += streams
        }
        return Slice(counts.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }, limit: limit)
    }

    private func gather<Value: Sendable>(_ question: @escaping @Sendable (StreamLoop) -> [Value]) async -> [Value] {
        let answers = fanout.loops.map { loop in loop.eventLoop.submit { question(loop.value) } }
        var values: [Value] = []
        // A loop that is gone has nothing any more.
        for answer in answers { values += (try? await answer.get()) ?? [] }
        return values
    }

    /// A page of a longer list.
    struct Slice<Value: Sendable>: Sendable {
        var values: [Value]
        var hasMore: Bool

        init(_ all: [Value], limit: Int) {
            values = Array(all.prefix(limit))
            hasMore = all.count > limit
        }
    }
}
