import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// Shows operators all nodes, and this node to operators at others, for as long as somebody looks.
///
/// A node at which somebody looks says so to the others every 2 seconds; whoever has heard of it within 6 seconds reports
/// to it once a second. While nobody looks anywhere nothing is sent, no timer runs and no loop is asked.
final class ClusterDesk: Service {
    /// What is reported on.
    struct Subject: Sendable {
        var configuration: LiveConfiguration
        var readiness: Readiness
        var census: NodeCensus
        var metrics: GatewayMetrics
        let instance = Epoch.random().name
        let started = ContinuousClock.now
    }

    /// Operators that look at one node at a time.
    static let watcherLimit = 16
    /// Nodes that are reported to at a time.
    static let interestLimit = 64
    /// Reports that wait for one operator; with more of them his connection is closed.
    static let waitingLimit = 512
    private static let interval = Duration.milliseconds(1_000)
    private static let renewal = Duration.seconds(2)
    private static let interest = Duration.seconds(6)

    private struct State {
        var watchers: [ClusterWatcher] = []
        /// The nodes at which somebody looks, and until when they want reports.
        var interests: [String: ContinuousClock.Instant] = [:]
        /// What those who watch have shown, where there is one.
        var key: Secret?
        var isOver = false

        mutating func expire(now: ContinuousClock.Instant) {
            interests = interests.filter { now < $0.value }
        }
    }

    let subject: Subject
    private let plane: any ClusterPlane
    private let logger: Logger
    private let state = Mutex(State())
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(plane: any ClusterPlane, subject: Subject, logger: Logger) {
        self.plane = plane
        self.subject = subject
        self.logger = logger
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        plane.deliver(to: self)
    }

    // MARK: Operators

    /// Whether one more operator may look.
    var hasRoom: Bool { state.withLock { !$0.isOver && $0.watchers.count < Self.watcherLimit } }

    /// Begins to send everything to an operator; false where too many look.
    func add(_ watcher: ClusterWatcher) -> Bool {
        let isIn = state.withLock { state in
            guard !state.isOver, state.watchers.count < Self.watcherLimit else { return false }
            state.watchers.append(watcher)
            return true
        }
        if isIn { wake.yield() }
        return isIn
    }

    /// An operator looks no more.
    func remove(_ watcher: ClusterWatcher) {
        state.withLock { state in state.watchers.removeAll { $0 === watcher } }
    }

    // MARK: Work

    /// Works, while somebody looks, until shutdown; then operators' streams end.
    func run() async {
        await cancelWhenGracefulShutdown {
            for await _ in self.wakes { await self.work() }
        }
        state.withLock { $0.isOver = true }
        endAll()
    }

    private func endAll() {
        let watchers = state.withLock { state in
            defer { state.watchers = [] }
            return state.watchers
        }
        for watcher in watchers { watcher.end() }
    }

    private func work() async {
        var reporter = NodeReporter(subject)
        var renewed: ContinuousClock.Instant?
        while !Task.isCancelled {
            let now = ContinuousClock.now
            let (isWatching, interests) = state.withLock { state in
                state.expire(now: now)
                return (!state.watchers.isEmpty, Array(state.interests.keys))
            }
            guard isWatching || !interests.isEmpty else { return }
            let report = await reporter.report().json
            if isWatching { show(report) }
            do throws(BrokerError) {
                if isWatching, renewed.map({ now - $0 >= Self.renewal }) ?? true {
                    try await plane.watch(for: Self.interest)
                    renewed = now
                }
                for watcher in interests where try await !plane.send(report, to: watcher) {
                    state.withLock { $0.interests[watcher] = nil }
                }
            } catch {
                logger.debug("Other nodes cannot be reported to", metadata: ["reason": "\(error.reason)"])
            }
            try? await Task.sleep(for: Self.interval - (ContinuousClock.now - now))
        }
    }

    private func show(_ report: ByteBuffer) {
        guard NodeReport.isFit(report) else { return }
        let watchers = state.withLock { $0.watchers }
        guard !watchers.isEmpty else { return }
        var event = ByteBuffer(string: "event: report\ndata: ")
        event.writeImmutableBuffer(report)
        event.writeStaticString("\n\n")
        for watcher in watchers where !watcher.take(event) { remove(watcher) }
    }
}

extension ClusterDesk: Reloadable {
    /// Those who came with a key that is no longer good have to show the new one.
    func prepare(_ configuration: GatewayConfiguration) -> @Sendable () -> Void {
        let key = configuration.opsKey
        return {
            let isOther = self.state.withLock { state in
                defer { state.key = key }
                return state.key != key
            }
            if isOther { self.endAll() }
        }
    }
}

extension ClusterDesk: ClusterSink {
    func isWatched(by watcher: String, for time: Duration) {
        let now = ContinuousClock.now
        state.withLock { state in
            if state.interests[watcher] == nil, state.interests.count >= Self.interestLimit {
                state.expire(now: now)
                guard state.interests.count < Self.interestLimit else { return }
            }
            state.interests[watcher] = now + min(time, .seconds(60))
        }
        wake.yield()
    }

    func receive(_ report: ByteBuffer) { show(report) }
}
