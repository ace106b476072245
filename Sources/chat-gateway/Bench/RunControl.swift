import Synchronization

/// What the coordinator tells the threads of a run: times on the monotonic clock, each set once.
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

    func setWindow(start: Int64, end: Int64) {
        self.end.store(end, ordering: .relaxed)
        self.start.store(start, ordering: .relaxed)
    }

    /// Ends the window before its time.
    func endWindow(at time: Int64) {
        end.store(time, ordering: .relaxed)
    }

    func stop() {
        stopped.store(true, ordering: .relaxed)
    }
}
