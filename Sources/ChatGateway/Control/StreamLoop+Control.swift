import NIOCore

/// What an operator is told of a stream.
struct StreamSummary: Hashable, Sendable {
    var id: UInt64
    var user: String?
    /// The address that limits count, where they do; otherwise the other end of the connection, maybe a proxy.
    var address: ClientAddress?
    /// The first rooms of it.
    var rooms: [Room]
    var roomCount: Int

    /// Rooms that are named; a stream can be in 100.
    static let namedRooms = 10
}

extension StreamLoop {
    /// Ends streams that an operator wants gone; returns the users of those that were named by their id.
    func kick(_ target: ControlCommand.Target) -> [String] {
        assertInLoop()
        switch target {
        case .user(let user):
            for stream in streams.filter({ $0.isUser(user) }) { stream.end(.kicked) }
            return []
        case .stream(let id):
            guard let number = UInt64(id, radix: 36), let stream = streams.first(where: { $0.id == number }) else {
                return []
            }
            let user = stream.user
            stream.end(.kicked)
            return user.map { [$0] } ?? []
        }
    }

    /// The streams with the lowest ids behind one, at most so many; of one user where it is given.
    ///
    /// Walks over all streams of the loop once, and sorts only what may be wanted.
    func summaries(after id: UInt64?, limit: Int, user: String?) -> [StreamSummary] {
        assertInLoop()
        var lowest = Lowest<UInt64, EventStream>(limit: limit)
        for stream in streams where id.map({ stream.id > $0 }) ?? true {
            guard lowest.wants(stream.id), user.map(stream.isUser) ?? true else { continue }
            lowest.add(stream.id, stream)
        }
        return lowest.sorted.map(\.summary)
    }

    /// The rooms with the lowest names behind one, at most so many, and how many streams of this loop are in each.
    func roomCounts(after room: Room?, limit: Int) -> [(room: Room, streams: Int)] {
        assertInLoop()
        var lowest = Lowest<Room, Int>(limit: limit)
        for known in rooms.values where !known.members.isEmpty {
            guard room.map({ known.room > $0 }) ?? true, lowest.wants(known.room) else { continue }
            lowest.add(known.room, known.members.count)
        }
        return lowest.pairs
    }
}

extension EventStream {
    /// Whether it is the stream of somebody; to compare texts would take other names for the same.
    fileprivate func isUser(_ name: String) -> Bool {
        user.map(UserName.init) == UserName(name)
    }

    var summary: StreamSummary {
        let rooms = cursor.rooms
        return StreamSummary(
            id: id,
            user: user,
            address: clientAddress,
            rooms: rooms.prefix(StreamSummary.namedRooms).map(\.room),
            roomCount: rooms.count
        )
    }
}
