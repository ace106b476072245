import Synchronization

/// What the coordinator tells the threads of a run: times on the monotonic clock.
final class RunControl: Sendable {
    private let start = Atomic<Int64>(.max)
    private let end = Atomic<Int64>(.max)
    private let stopped = Atomic<Bool>(false)

    /// When the measured window begins; `Int64.max`: not known yet.
    var windowStart: Int64 { start.load(ordering: .relaxed) }
    /// When the measured window ends, and with it publishing.
    var windowEnd: Int64 { end.load(ordering: .relaxed) }
    /// Whether everything is to end.
    var hasStopped: Bool { stopped.load(ordering: .relaxed) }

    /// May be called again, with an earlier end.
    func setWindow(_ window: Range<Int64>) {
        end.store(window.upperBound, ordering: .relaxed)
        start.store(window.lowerBound, ordering: .relaxed)
    }

    func stop() {
        stopped.store(true, ordering: .relaxed)
    }
}
