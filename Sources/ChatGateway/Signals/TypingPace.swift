/// How often listeners are told that somebody is typing: of one user in a room once a second, and in one room of a few.
struct TypingPace {
    private struct Typist: Hashable {
        var room: Room
        var user: String
    }

    /// Between two signals of one user in a room, in microseconds.
    static let interval: UInt64 = 1_000_000
    /// Users of one room in a second; nobody reads more names, and each costs a write to every listener.
    static let roomLimit = 20
    /// Users, and rooms, that are remembered; with more at one time the others are not told of.
    static let limit = 10_000

    private var typists: [Typist: UInt64] = [:]
    private var rooms: [Room: (since: UInt64, count: Int)] = [:]
    private var nextSweep: UInt64 = 0

    /// Whether the user was told of within the last second.
    func isRecent(_ user: String, in room: Room, now: UInt64) -> Bool {
        typists[Typist(room: room, user: user)].map { now < $0 + Self.interval } ?? false
    }

    /// Whether a signal may pass, which then counts; `now` in microseconds.
    mutating func pass(_ user: String, in room: Room, now: UInt64) -> Bool {
        guard !isRecent(user, in: room, now: now) else { return false }
        if typists.count >= Self.limit || rooms.count >= Self.limit { sweep(now: now) }
        guard typists.count < Self.limit, rooms.count < Self.limit else { return false }
        var second = rooms[room] ?? (now, 0)
        if now >= second.since + Self.interval { second = (now, 0) }
        guard second.count < Self.roomLimit else { return false }
        second.count += 1
        rooms[room] = second
        typists[Typist(room: room, user: user)] = now
        return true
    }

    /// A signal that passed did not get anywhere: the next one may pass.
    mutating func forget(_ user: String, in room: Room) {
        typists[Typist(room: room, user: user)] = nil
    }

    /// Forgets who has been silent for long enough; not at every call, as a flood would pay for it each time.
    private mutating func sweep(now: UInt64) {
        guard now >= nextSweep else { return }
        nextSweep = now + Self.interval / 4
        typists = typists.filter { now < $0.value + Self.interval }
        rooms = rooms.filter { now < $0.value.since + Self.interval }
    }
}
