/// What the listeners of a fleet have seen so far, taken together.
struct Tally: Sendable {
    /// Judged by the numbers of the messages.
    var verdict = Verdict()
    /// `ready` events.
    var readies = 0
    /// `ready` events that could not go on where their listener had left.
    var unresumed = 0
    /// Streams that ended after `ready`, whoever ended them.
    var ends = 0
    /// Attempts that came to nothing: no connection, or its end before an answer.
    var failures = 0
    /// Answers to requests for streams that were not 200: a browser's EventSource gives up for good.
    var refusals: [String: Int] = [:]
    /// `bye` events by reason.
    var byes: [String: Int] = [:]
    /// `gap` events by reason.
    var gaps: [String: Int] = [:]
    /// Bytes of all streams.
    var bytes = 0
    /// `ready` events, by tenths of a second since the fleet was made.
    var readiesByTenth: [Int: Int] = [:]
    /// `bye` events, by tenths of a second since the fleet was made.
    var byesByTenth: [Int: Int] = [:]
    /// The first few events that were malformed, for the report.
    var oddities: [String] = []

    /// The most events of any second.
    static func peak(_ byTenth: [Int: Int]) -> Int {
        guard let first = byTenth.keys.min(), let last = byTenth.keys.max() else { return 0 }
        return (first...last).map { start in (start..<(start + 10)).reduce(0) { $0 + (byTenth[$1] ?? 0) } }.max() ?? 0
    }

    /// The events of each second from the first event on.
    static func bySecond(_ byTenth: [Int: Int]) -> [Int] {
        guard let first = byTenth.keys.min(), let last = byTenth.keys.max() else { return [] }
        return stride(from: first, through: last, by: 10)
            .map { start in (start..<(start + 10)).reduce(0) { $0 + (byTenth[$1] ?? 0) } }
    }
}
