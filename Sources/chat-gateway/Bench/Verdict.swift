/// What the verification found, in deliveries: one message to one listener.
struct Verdict: Codable, Equatable, Sendable {
    /// How many there had to be.
    var expected = 0
    /// Missing, and the listener was not told.
    var lost = 0
    /// Missing, and a `gap` said so.
    var told = 0
    /// Missing, but the run was ended while messages were still coming.
    var unfinished = 0
    /// Came again.
    var repeated = 0
    /// Came again after a `gap` with `data-lost`, which allows it.
    var repeatedAsTold = 0
    /// Came late, after messages that other listeners of the room got later.
    var reordered = 0
    /// Messages that a room's listeners got before one that had been acknowledged before they were sent, or whose
    /// order differs between groups of listeners.
    var misordered = 0
    /// Came from a room that the listener is not in.
    var strayed = 0

    /// Whether everybody got everything exactly once and in order, or was told.
    var isClean: Bool { lost == 0 && repeated == 0 && reordered == 0 && misordered == 0 && strayed == 0 }

    /// Whether nothing is missing or came again, told or not.
    var isComplete: Bool { isClean && told == 0 && repeatedAsTold == 0 && unfinished == 0 }

    mutating func add(_ other: Verdict) {
        expected += other.expected
        lost += other.lost
        told += other.told
        unfinished += other.unfinished
        repeated += other.repeated
        repeatedAsTold += other.repeatedAsTold
        reordered += other.reordered
        misordered += other.misordered
        strayed += other.strayed
    }
}
