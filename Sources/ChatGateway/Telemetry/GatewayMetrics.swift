package import CoreMetrics
import Synchronization

/// What the node counts, all made here and once; labels come from closed sets.
final class GatewayMetrics: Sendable {
    /// What became of a posted message; the raw value is what the metrics call it.
    enum PostResult: String, CaseIterable {
        case stored
        /// It had been stored before.
        case repeated
        /// The sender was told what is wrong with it.
        case invalid
        /// The filter of whoever embeds the gateway did not let it pass.
        case refused
        /// That filter failed or took too long.
        case unjudged
        /// The broker could not take it.
        case unavailable
    }

    /// Where a stream's first page came from; the raw value is what the metrics call it.
    enum Source: String, CaseIterable {
        /// The listener presented no cursor.
        case new
        /// From the cursor on, all was in the node's memory.
        case log
        /// Some of it had to be read from the broker.
        case broker
    }

    private let factory: any MetricsFactory
    private let limits: [Limit: Counter]
    private let posts: [PostResult: Counter]
    private let opened: [Source: Counter]
    private let ended: [EndReason: Counter]
    private let gone: Counter
    private let gaps: [GapReason: Counter]
    private let barred: Counter
    private let stalls: Counter
    private let stored = Atomic(0)
    /// What the broker took to append a message.
    let appendTime: Timer

    /// - Parameter factory: What keeps the counts.
    init(_ factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
        limits = Self.counters(.limitReached, "limit", factory)
        posts = Self.counters(.posts, "result", factory)
        opened = Self.counters(.streamsOpened, "from", factory)
        ended = Self.counters(.streamsEnded, "reason", factory)
        gone = Counter(.streamsEnded, [("reason", "gone")], factory)
        gaps = Self.counters(.gaps, "reason", factory)
        barred = Counter(.barred, [], factory)
        stalls = Counter(.stalls, [], factory)
        appendTime = Timer(.appendTime, [], factory)
    }

    private static func counters<Value: RawRepresentable<String> & CaseIterable & Hashable>(
        _ metric: Metric,
        _ label: String,
        _ factory: any MetricsFactory
    ) -> [Value: Counter] {
        let pairs = Value.allCases.map { ($0, Counter(metric, [(label, $0.rawValue)], factory)) }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    /// Those of one event loop.
    func loop(_ index: Int) -> LoopMetrics { LoopMetrics(loop: index, factory) }

    /// A client had too much of something.
    func reached(_ limit: Limit) { limits[limit]?.increment() }

    /// Somebody posted a message.
    func posted(_ result: PostResult) {
        posts[result]?.increment()
        if result == .stored { stored.wrappingAdd(1, ordering: .relaxed) }
    }

    /// How many messages were stored, and had not been before.
    var storedCount: Int { stored.load(ordering: .relaxed) }

    /// A stream got ready.
    func opened(from source: Source) { opened[source]?.increment() }

    /// A stream was ended or refused; for no reason of ours where the client has left.
    func ended(_ reason: EndReason?) {
        guard let reason else { return gone.increment() }
        ended[reason]?.increment()
    }

    /// A listener was told that it has missed messages of a room.
    func toldGap(_ reason: GapReason) { gaps[reason]?.increment() }

    /// A user who may not come back yet was turned away.
    func barredRequest() { barred.increment() }

    /// The broker could not vouch for completeness any more.
    func stalled() { stalls.increment() }
}

extension Counter {
    package convenience init(_ metric: Metric, _ labels: [(String, String)], _ factory: any MetricsFactory) {
        self.init(label: metric.rawValue, dimensions: labels, factory: factory)
    }
}

extension Meter {
    package convenience init(_ metric: Metric, _ labels: [(String, String)], _ factory: any MetricsFactory) {
        self.init(label: metric.rawValue, dimensions: labels, factory: factory)
    }
}

extension Timer {
    package convenience init(_ metric: Metric, _ labels: [(String, String)], _ factory: any MetricsFactory) {
        self.init(label: metric.rawValue, dimensions: labels, factory: factory)
    }
}
