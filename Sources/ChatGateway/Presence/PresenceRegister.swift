import NIOCore

/// What this node holds of each room: streams, and users with theirs.
///
/// A user whose last stream ends stays for a while, as if that one went on: who comes back meanwhile has never left.
struct PresenceRegister {
    private struct Seat: Hashable {
        var room: Room
        var user: UserName
    }

    private struct Holding {
        var streams = 0
        var users: [UserName: Int] = [:]
    }

    /// A longer name counts as none, in bytes.
    static let maximumName = 1_024
    /// Rooms, and users, of one batch.
    static let batchRooms = 200
    static let batchUsers = 1_000

    private var rooms: [Room: Holding] = [:]
    /// Who is about to leave, and when, in milliseconds.
    private var leaving: [Seat: UInt64] = [:]
    /// The same in order; those who came back are in it still.
    private var departures: CircularBuffer<(seat: Seat, due: UInt64)> = []
    /// Of whom the others have yet to hear.
    private var changed: [Room: Set<UserName>] = [:]
    private let grace: UInt64

    /// - Parameter grace: For how long a user stays, in milliseconds.
    init(grace: UInt64) {
        self.grace = grace
    }

    var hasChanges: Bool { !changed.isEmpty }

    /// Rooms, and users in them, that are remembered.
    var counts: (rooms: Int, users: Int) { (rooms.count, rooms.values.reduce(0) { $0 + $1.users.count }) }

    /// A stream has joined a room.
    mutating func joined(_ room: Room, _ user: String?) {
        if let user = Self.counted(user) {
            // The stream takes the place of the one that has ended.
            guard leaving.removeValue(forKey: Seat(room: room, user: user)) == nil else { return }
            rooms[room, default: Holding()].users[user, default: 0] += 1
            changed[room, default: []].insert(user)
        } else {
            changed[room] = changed[room] ?? []
        }
        rooms[room, default: Holding()].streams += 1
    }

    /// A stream has left a room.
    mutating func left(_ room: Room, _ user: String?, now: UInt64) {
        guard let user = Self.counted(user), let count = rooms[room]?.users[user] else {
            return remove(room, nil)
        }
        guard count == 1 else { return remove(room, user) }
        let seat = Seat(room: room, user: user)
        leaving[seat] = now + grace
        departures.append((seat, now + grace))
    }

    /// Lets those go whose time is over.
    mutating func expire(now: UInt64) {
        while let first = departures.first, first.due <= now {
            departures.removeFirst()
            guard leaving[first.seat] == first.due else { continue }
            leaving[first.seat] = nil
            remove(first.seat.room, first.seat.user)
        }
    }

    private mutating func remove(_ room: Room, _ user: UserName?) {
        guard var holding = rooms.removeValue(forKey: room) else { return }
        holding.streams -= 1
        var names = changed.removeValue(forKey: room) ?? []
        if let user, let count = holding.users[user] {
            holding.users[user] = count > 1 ? count - 1 : nil
            names.insert(user)
        }
        changed[room] = names
        if holding.streams > 0 { rooms[room] = holding }
    }

    /// What has changed, at most one batch of it.
    mutating func take() -> [PresenceUpdate.Holding] {
        var holdings: [PresenceUpdate.Holding] = []
        var rest = Self.batchUsers
        while holdings.count < Self.batchRooms, rest > 0, let (room, names) = changed.first {
            let taken = names.prefix(rest)
            rest -= taken.count
            changed[room] = taken.count < names.count ? names.subtracting(taken) : nil
            let users = taken.map { Presence.User(name: $0.text, streams: rooms[room]?.users[$0] ?? 0) }
            holdings.append(.init(room: room, streams: rooms[room]?.streams ?? 0, users: users))
        }
        return holdings
    }

    /// What was taken has not got anywhere, as far as is known.
    mutating func putBack(_ holdings: [PresenceUpdate.Holding]) {
        for holding in holdings {
            changed[holding.room, default: []].formUnion(holding.users.map { UserName($0.name) })
        }
    }

    /// The others have to hear of everything.
    mutating func changeAll() {
        for (room, holding) in rooms { changed[room, default: []].formUnion(holding.users.keys) }
    }

    private static func counted(_ user: String?) -> UserName? {
        user.flatMap { $0.utf8.count <= maximumName && !$0.isEmpty ? UserName($0) : nil }
    }
}
