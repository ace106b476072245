/// What the publisher did in a run.
struct PublisherResult: Sendable {
    /// Messages that were due in the measured window.
    var offered = 0
    /// Those of them that were sent.
    var sent = 0
    /// Messages acknowledged in the window.
    var acknowledged = 0
    /// Messages acknowledged in the whole run.
    var acknowledgedInAll = 0
    /// From a message's scheduled time to its acknowledgement, of the window's messages.
    var latency = LatencyHistogram()
    /// Errors by kind.
    var errors: [String: Int] = [:]
    var log = PublisherLog()
    /// CPU time of the publisher's thread in the window, in nanoseconds.
    var usage: Int64 = 0
}
