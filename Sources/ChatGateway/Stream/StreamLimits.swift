import Synchronization

/// How many streams a node may hold, and whether it takes new ones at all.
final class StreamLimits: Sendable {
    private let maximum: Atomic<Int>
    private let count = Atomic(0)
    private let draining = Atomic(false)

    init(maximum: Int) {
        self.maximum = Atomic(maximum)
    }

    /// Streams that the node holds now.
    var streamCount: Int { count.load(ordering: .relaxed) }

    /// Whether the node is stopping.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    /// From now on no stream is taken in.
    func beginDraining() { draining.store(true, ordering: .relaxed) }

    /// Counts one more stream, or says why it may not be.
    func admit() -> EndReason? {
        if isDraining { return .draining }
        guard count.add(1, ordering: .relaxed).newValue <= maximum.load(ordering: .relaxed) else {
            dismiss()
            return .overloaded
        }
        return nil
    }

    /// Counts one stream less.
    func dismiss() { count.subtract(1, ordering: .relaxed) }
}

extension StreamLimits: Reloadable {
    /// Fewer than the node holds already only keeps new ones out.
    func prepare(_ configuration: GatewayConfiguration) -> @Sendable () -> Void {
        { self.maximum.store(configuration.maxStreams, ordering: .relaxed) }
    }
}
