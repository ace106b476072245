/// What this node holds of one room.
struct PresencePlace {
    /// What it holds of one user.
    struct Seat: Hashable {
        var streams = 0
        /// When the last stream's place is given up, in milliseconds; nil while one is open.
        var leavesAt: UInt64?
    }

    private(set) var streams = 0
    private(set) var users: [UserName: Seat] = [:]
    /// Users of whom the others have yet to hear.
    private(set) var news: Set<UserName> = []
    /// Whether the others have yet to hear of something.
    private(set) var isChanged = false
    /// Whether they have heard of anything.
    private(set) var isSaid = false

    /// A stream has come; returns whether this is the first change.
    mutating func join(_ user: UserName?) -> Bool {
        if let user {
            // The stream takes the place of the one that has ended.
            guard users[user]?.leavesAt == nil else {
                users[user]?.leavesAt = nil
                return false
            }
            users[user, default: Seat()].streams += 1
            news.insert(user)
        }
        streams += 1
        return change()
    }

    /// Whether the stream of a user that has ended is his last, which then stays.
    mutating func lingers(_ user: UserName, until moment: UInt64) -> Bool {
        guard users[user]?.streams == 1 else { return false }
        users[user]?.leavesAt = moment
        return true
    }

    /// A stream is gone; returns whether this is the first change.
    mutating func leave(_ user: UserName?) -> Bool {
        guard streams > 0 else { return false }
        streams -= 1
        if let user, let seat = users[user] {
            users[user] = seat.streams > 1 ? Seat(streams: seat.streams - 1) : nil
            news.insert(user)
        }
        return change()
    }

    /// Takes so many users at most of whom the others have yet to hear; they hear of the streams too.
    mutating func take(_ limit: Int) -> [Presence.User] {
        // A slice would make the set be copied.
        let taken = Array(news.prefix(limit))
        if taken.count == news.count {
            news = []
            isChanged = false
        } else {
            news.subtract(taken)
        }
        isSaid = true
        return taken.map { Presence.User(name: $0.text, streams: users[$0]?.streams ?? 0) }
    }

    /// They have not heard of it; returns whether this is the first change.
    mutating func putBack(_ users: some Sequence<UserName>) -> Bool {
        news.formUnion(users)
        // It may have got there all the same.
        isSaid = true
        return change()
    }

    /// The others know nothing any more.
    mutating func changeAll() {
        news.formUnion(users.keys)
        isChanged = true
    }

    private mutating func change() -> Bool {
        defer { isChanged = true }
        return !isChanged
    }
}
