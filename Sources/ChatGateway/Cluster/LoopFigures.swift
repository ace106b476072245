import NIOCore

/// What an event loop says of itself to whoever looks at the cluster.
struct LoopFigures: Sendable {
    /// Streams that are held now.
    var streams = 0
    /// Streams whose sockets have not taken what was written.
    var slowStreams = 0
    /// Messages written to streams since the start.
    var deliveries = 0
    /// From append to written, since the start.
    var latencies = LatencyTally()
    /// The latest that the loop's timer was since it was last asked.
    var lag = TimeAmount.zero
    /// The rooms with the most streams, and whether those are all that have any.
    var rooms: [(room: Room, streams: Int)] = []
    var hasMoreRooms = false
    /// The streams whose sockets have taken nothing for the longest time.
    var slowest: [SlowStream] = []
}

/// A stream whose socket does not take what was written.
struct SlowStream: Hashable, Sendable {
    var stream: StreamSummary
    /// For how long it has taken nothing.
    var silence: TimeAmount
    /// What waits for it outside of the kernel, in bytes.
    var heldBytes: Int
}

extension StreamLoop {
    /// Rooms of a loop among which a node looks for its biggest.
    private static let roomCandidates = 50

    /// How things stand; `slowLimit` slow streams are named at most.
    ///
    /// Goes through the loop's rooms, and through streams only as far as it is their turn at the next tick.
    func figures(slowLimit: Int) -> LoopFigures {
        assertInLoop()
        var found = LoopFigures()
        found.streams = streams.count
        found.slowStreams = blockedCount
        found.deliveries = deliveries
        found.latencies = latencies
        found.lag = takeWorstLag()
        var biggest = Lowest<RoomRank, Int>(limit: Self.roomCandidates + 1)
        for room in rooms.values where !room.members.isEmpty {
            biggest.add(RoomRank(room: room.room, streams: room.members.count), room.members.count)
        }
        let ranked = biggest.pairs
        found.rooms = ranked.prefix(Self.roomCandidates).map { ($0.0.room, $0.1) }
        found.hasMoreRooms = ranked.count > Self.roomCandidates
        if blockedCount > 0 { found.slowest = slowest(limit: slowLimit) }
        return found
    }

    /// How many streams of this loop are in each of some rooms.
    func streamCounts(of names: [Room]) -> [Int] {
        assertInLoop()
        return names.map { rooms[$0]?.members.count ?? 0 }
    }

    private func slowest(limit: Int) -> [SlowStream] {
        var longest = Lowest<UInt32, EventStream>(limit: limit)
        // A stream whose socket is full is looked at every tick.
        for stream in rota.due(at: tick &+ 1) {
            guard let ticks = stream.silentTicks else { continue }
            longest.add(.max - ticks, stream)
        }
        return longest.pairs.map { key, stream in
            SlowStream(
                stream: stream.summary,
                silence: settings.tick * Int(UInt32.max - key),
                heldBytes: stream.bytesHeld
            )
        }
    }
}

/// Rooms in the order in which they are told: the most streams first, then by name.
struct RoomRank: Comparable {
    var room: Room
    var streams: Int

    static func < (left: RoomRank, right: RoomRank) -> Bool {
        left.streams != right.streams ? left.streams > right.streams : left.room < right.room
    }
}
