/// What one listener has heard of all its rooms, over all its connections.
struct Hearing: Sendable {
    private var rooms: [(room: Int, hearing: RoomHearing)] = []
    /// The cursor of the last message: those of later messages are behind it, whatever their room.
    private var last: EventID?

    /// A stream without a past is open.
    ///
    /// `begun` is the last number that anybody had begun to post, of each room.
    mutating func opened(_ wanted: [Int], begun: [Int]) {
        rooms = wanted.map { ($0, RoomHearing(begun: begun[$0])) }
        last = nil
    }

    mutating func message(_ number: Int, in room: Int, id: EventID, _ verdict: inout Verdict) {
        guard let index = rooms.firstIndex(where: { $0.room == room }) else {
            verdict.malformed += 1
            return
        }
        let isExpected = rooms[index].hearing.message(number, &verdict)
        if isExpected, let last, !last.isBefore(id) { verdict.reordered += 1 }
        last = id
    }

    mutating func gap(_ reason: String, in room: Int, _ verdict: inout Verdict) {
        guard let index = rooms.firstIndex(where: { $0.room == room }) else {
            verdict.malformed += 1
            return
        }
        rooms[index].hearing.gap(reason, &verdict)
        if reason == "data-lost" { last = nil }
    }

    /// Whether each room's last message is there.
    func isComplete(last: [Int]) -> Bool {
        !rooms.isEmpty && rooms.allSatisfy { $0.hearing.isComplete(last: last[$0.room]) }
    }

    /// Nothing more will come.
    func finish(last: [Int], _ verdict: inout Verdict) {
        for (room, hearing) in rooms { hearing.finish(last: last[room], &verdict) }
    }
}
