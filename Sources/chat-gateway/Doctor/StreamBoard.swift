import Synchronization

/// What several streams have shown so far, for their readers to write and for the examination to wait on.
final class StreamBoard: Sendable {
    private let streams: Mutex<[StreamRecord]>

    init(_ streams: [StreamRecord]) {
        self.streams = Mutex(streams)
    }

    /// All of them, at this moment.
    var records: [StreamRecord] { streams.withLock { $0 } }

    /// Notes something of one stream.
    func note<Failure: Error>(_ index: Int, _ change: (inout StreamRecord) throws(Failure) -> Void) throws(Failure) {
        let result = streams.withLock { streams in
            Result { () throws(Failure) in try change(&streams[index]) }
        }
        try result.get()
    }

    /// Waits until a condition holds, or the time is over.
    ///
    /// The readers note the times themselves, so that looking only so often costs no accuracy.
    func wait(_ limit: Duration, until condition: ([StreamRecord]) -> Bool) async {
        let deadline = ContinuousClock.now + limit
        while !condition(records), ContinuousClock.now < deadline, !Task.isCancelled {
            try? await Task.sleep(for: min(.milliseconds(5), deadline - .now))
        }
    }
}
