import Synchronization

/// Where each loop writes its progress down a few times a second.
final class ProgressBoard: Sendable {
    private let slots: Mutex<[BenchProgress]>

    init(loops: Int) {
        slots = Mutex([BenchProgress](repeating: BenchProgress(), count: loops))
    }

    func post(_ progress: BenchProgress, loop: Int) {
        slots.withLock { $0[loop] = progress }
    }

    var total: BenchProgress {
        slots.withLock { $0.reduce(into: BenchProgress()) { $0.add($1) } }
    }
}
