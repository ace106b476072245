/// Notices links that take commands and answer none.
///
/// Probes do not: they come back on another link than the one that they go out on, which may be deaf in one direction,
/// or wait for the rest of a reply that never comes. Time is counted in the owner's own ticks, so that one that could
/// not run itself blames nobody.
struct AnswerWatch {
    private let limit: Int
    private var ticks: [Link: Int] = [:]

    /// - Parameter limit: How many ticks a link may be silent while something is expected of it.
    init(limit: Int) {
        self.limit = limit
    }

    /// Something was answered.
    mutating func answered(_ link: Link) { ticks[link] = 0 }

    /// The links were closed.
    mutating func reset() { ticks = [:] }

    /// Time has passed; returns a link that is overdue.
    mutating func ticked(isWaiting: (Link) -> Bool) -> Link? {
        var overdue: Link?
        for link in Link.allCases {
            let count = isWaiting(link) ? ticks[link, default: 0] + 1 : 0
            ticks[link] = count
            if count > limit { overdue = link }
        }
        return overdue
    }
}
