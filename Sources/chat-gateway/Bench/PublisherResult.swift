/// What the publisher did in a run.
struct PublisherResult: Sendable {
    /// Messages that were due in the measured window.
    var offered = 0
    /// Those of them that were sent.
    var sent = 0
    /// Those of them that were sent only after the window, because every connection waited for an answer.
    var late = 0
    /// Those of them that were never sent.
    var unsent = 0
    /// Messages acknowledged in the window.
    var acknowledged = 0
    /// From a message's scheduled time to its acknowledgement, of the window's messages.
    var latency = LatencyHistogram()
    /// Errors by kind.
    var errors: [String: Int] = [:]
    var log: PublisherLog
    /// What the publisher's thread wanted of a CPU in the window, in nanoseconds.
    var usage: Int64 = 0

    init(_ plan: BenchPlan) {
        log = PublisherLog(rooms: plan.rooms, keepsTimes: plan.verifies)
    }
}
