/// What the listeners of a gateway that is one node have yet to be told.
struct PresenceBoard {
    private struct Place {
        var streams = 0
        var users: [UserName: Int] = [:]
        /// What listeners were told last.
        var told = 0
        /// When that was, or before the first time when somebody came, in milliseconds.
        var since: UInt64
        var isNew = true
        /// Who has come (true) or gone since.
        var news: [UserName: Bool] = [:]
        var due: UInt64?
    }

    private var rooms: [Room: Place] = [:]
    /// Rooms of which something is due to be told.
    private var due: Set<Room> = []

    /// Takes over what the node holds of a room now.
    mutating func apply(_ holding: PresenceUpdate.Holding, now: UInt64) {
        var place = rooms.removeValue(forKey: holding.room) ?? Place(since: now)
        place.streams = holding.streams
        for user in holding.users {
            let name = UserName(user.name)
            let isIn = user.streams > 0
            let wasIn = place.users.updateValue(user.streams, forKey: name) ?? 0 > 0
            if !isIn { place.users[name] = nil }
            guard isIn != wasIn else { continue }
            // Whoever came and went, or went and came, between two tellings has done neither.
            if place.news.removeValue(forKey: name) == nil { place.news[name] = isIn }
        }
        // A room that fills is told later and later: of a crowd that comes at once, once, when it is there.
        let pause = PresencePacing.interval(streams: place.streams)
        let headStart = place.isNew ? UInt64(PresencePacing.shortest) : 0
        place.due = max(place.due ?? now, place.since + pause - headStart)
        due.insert(holding.room)
        rooms[holding.room] = place
    }

    /// What listeners are to be told now, and after how many milliseconds there may be more.
    mutating func tell(limit: Int, now: UInt64) -> (changes: [(Room, PresenceChange)], next: UInt64?) {
        var changes: [(Room, PresenceChange)] = []
        var next: UInt64?
        for room in due {
            guard var place = rooms.removeValue(forKey: room), let moment = place.due else { continue }
            guard moment <= now else {
                next = min(next ?? .max, moment - now)
                rooms[room] = place
                continue
            }
            due.remove(room)
            var news = place.users.count <= limit ? place.news : [:]
            if news.keys.reduce(0, { $0 + $1.text.utf8.count }) > PresencePacing.maximumBytes { news = [:] }
            if place.streams != place.told || !news.isEmpty {
                let joined = news.filter { $0.value }.keys.map(\.text).sorted()
                let left = news.filter { !$0.value }.keys.map(\.text).sorted()
                changes.append((room, PresenceChange(streams: place.streams, joined: joined, left: left)))
            }
            guard place.streams > 0 else { continue }
            place.told = place.streams
            place.since = now
            place.isNew = false
            place.news = [:]
            place.due = nil
            rooms[room] = place
        }
        return (changes, next)
    }
}
