/// What was found in what listeners heard, in numbers of messages.
struct Verdict: Hashable, Sendable {
    /// Messages that came when they were expected, or are excused.
    var delivered = 0
    /// Messages that never came, and nobody said so.
    var lost = 0
    /// Messages that came again, and nobody had said that they might.
    var repeated = 0
    /// Messages that came behind later ones.
    var reordered = 0
    /// Events that say that messages are missing.
    var gaps = 0
    /// Messages that never came, as a gap had said.
    var excused = 0
    /// Bytes that are no event, events of rooms that were not asked for, cursors in the wrong place.
    var malformed = 0

    /// Whether the promise was kept: each message once and in order, or a gap.
    var isClean: Bool { lost == 0 && repeated == 0 && reordered == 0 && malformed == 0 }

    static func - (left: Verdict, right: Verdict) -> Verdict {
        Verdict(
            delivered: left.delivered - right.delivered,
            lost: left.lost - right.lost,
            repeated: left.repeated - right.repeated,
            reordered: left.reordered - right.reordered,
            gaps: left.gaps - right.gaps,
            excused: left.excused - right.excused,
            malformed: left.malformed - right.malformed
        )
    }

    static func += (left: inout Verdict, right: Verdict) {
        left = left - (Verdict() - right)
    }
}
