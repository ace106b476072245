import Synchronization

/// How many connections the public listener may hold, so that descriptors are left for everything else.
///
/// A process that has used up its descriptors can answer nobody on its ops listener and open no link to Redis: whoever
/// connects often enough would have it restarted. Streams are counted by ``StreamLimits``, all others here.
final class ConnectionLimit: Sendable {
    private let maximum: Int
    private let streams: StreamLimits
    private let count = Atomic(0)

    init(maximum: Int, streams: StreamLimits) {
        self.maximum = maximum
        self.streams = streams
    }

    /// Whether the next connection is one too many.
    var isReached: Bool {
        count.load(ordering: .relaxed) + streams.streamCount + streams.endingCount >= maximum
    }

    /// Counts one connection more.
    func began() { count.add(1, ordering: .relaxed) }

    /// Counts one connection less: it is closed, or has become a stream.
    func ended() { count.subtract(1, ordering: .relaxed) }
}
