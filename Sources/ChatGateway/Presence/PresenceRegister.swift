import NIOCore

/// What this node holds of each room: streams, and users with theirs.
///
/// A user whose last stream ends stays for a while, as if that one went on: who comes back meanwhile has never left.
/// A stream of nobody known is a count and no more. A room that was left before others heard of it is never said.
struct PresenceRegister {
    /// A longer name counts as none, in bytes.
    static let maximumName = 1_024
    /// Rooms, and users, of one batch.
    static let batchRooms = 200
    static let batchUsers = 500

    private var rooms: [Room: PresencePlace] = [:]
    /// Rooms of which the others have yet to hear, each once.
    private var changed: CircularBuffer<Room> = []
    /// Who is about to leave, in order; those who came back are in it still.
    private var departures: CircularBuffer<(room: Room, user: UserName, due: UInt64)> = []
    private let grace: UInt64

    /// - Parameter grace: For how long a user stays, in milliseconds.
    init(grace: UInt64) {
        self.grace = grace
    }

    var hasChanges: Bool { !changed.isEmpty }

    var isEmpty: Bool { rooms.isEmpty }

    /// Rooms, and users in them, that are remembered.
    var counts: (rooms: Int, users: Int) { (rooms.count, rooms.values.reduce(0) { $0 + $1.users.count }) }

    /// A stream has joined a room.
    mutating func joined(_ room: Room, _ user: String?) {
        if rooms[room, default: PresencePlace()].join(Self.counted(user)) { changed.append(room) }
    }

    /// A stream has left a room.
    mutating func left(_ room: Room, _ user: String?, now: UInt64) {
        guard let index = rooms.index(forKey: room) else { return }
        let user = Self.counted(user)
        if let user, rooms.values[index].lingers(user, until: now + grace) {
            departures.append((room, user, now + grace))
        } else if rooms.values[index].leave(user) {
            changed.append(room)
        }
    }

    /// Lets those go whose time is over.
    mutating func expire(now: UInt64) {
        while let first = departures.first, first.due <= now {
            departures.removeFirst()
            guard let index = rooms.index(forKey: first.room),
                rooms.values[index].users[first.user]?.leavesAt == first.due
            else { continue }
            if rooms.values[index].leave(first.user) { changed.append(first.room) }
        }
    }

    /// What has changed, at most one batch of it.
    mutating func take() -> [PresenceUpdate.Holding] {
        var holdings: [PresenceUpdate.Holding] = []
        var rest = Self.batchUsers
        while holdings.count < Self.batchRooms, rest > 0, let room = changed.popFirst() {
            guard let index = rooms.index(forKey: room) else { continue }
            let streams = rooms.values[index].streams
            guard streams > 0 || rooms.values[index].isSaid else {
                rooms.remove(at: index)
                continue
            }
            let users = rooms.values[index].take(rest)
            rest -= users.count
            holdings.append(.init(room: room, streams: streams, users: users))
            if rooms.values[index].isChanged {
                changed.prepend(room)
            } else if streams == 0 {
                rooms.remove(at: index)
            }
        }
        return holdings
    }

    /// What was taken has not got anywhere, as far as is known.
    mutating func putBack(_ holdings: [PresenceUpdate.Holding]) {
        for holding in holdings {
            let users = holding.users.lazy.map { UserName($0.name) }
            if rooms[holding.room, default: PresencePlace()].putBack(users) { changed.append(holding.room) }
        }
    }

    /// Others know nothing any more, not even who has gone.
    mutating func changeAll() {
        rooms = rooms.filter { $0.value.streams > 0 || $0.value.isSaid }
        changed = CircularBuffer(rooms.keys)
        var index = rooms.startIndex
        while index < rooms.endIndex {
            rooms.values[index].changeAll()
            rooms.formIndex(after: &index)
        }
    }

    /// Who is in a room, here and elsewhere; the users only where there are not more than the limit.
    func presence(in room: Room, with others: Presence, limit: Int) -> Presence {
        let place = rooms[room] ?? PresencePlace()
        let streams = others.streams + place.streams
        guard let elsewhere = others.users, place.users.count <= limit else {
            return Presence(streams: streams, users: nil)
        }
        var users = place.users.mapValues(\.streams)
        for user in elsewhere { users[UserName(user.name), default: 0] += user.streams }
        guard users.count <= limit else { return Presence(streams: streams, users: nil) }
        let sorted = users.map { Presence.User(name: $0.key.text, streams: $0.value) }.sorted { $0.name < $1.name }
        return Presence(streams: streams, users: sorted)
    }

    private static func counted(_ user: String?) -> UserName? {
        user.flatMap { $0.utf8.count <= maximumName && !$0.isEmpty ? UserName($0) : nil }
    }
}
