import ChatGateway

/// Checks of what ``Broker`` promises, against running brokers of any kind, within any test framework or none.
///
/// ```swift
/// let conformance = BrokerConformance { _, history in [LocalBroker(history: history)] }
///
/// @Test(arguments: BrokerConformance.Check.allCases)
/// func keepsThePromise(check: BrokerConformance.Check) async throws {
///     try await conformance.run(check)
/// }
/// ```
/// A check uses rooms of its own, so that all of them may run upon one backing, also at the same time.
public struct BrokerConformance: Sendable {
    /// Makes so many brokers upon one backing, not yet running, that keep so much of each room's past.
    public typealias Factory = @Sendable (_ count: Int, _ history: HistoryLimits) async throws -> [any Broker]

    /// One thing that is checked.
    public enum Check: String, CaseIterable, Sendable, CustomStringConvertible {
        /// The history comes before everything else, and is that of receipts, pages and ``Broker/top()``.
        case timelineComesFirst = "the timeline comes first and is the same everywhere"
        /// Positions strictly increase over all rooms, and the sink hears in their order.
        case positionsIncreaseOverAllRooms = "positions increase over all rooms"
        /// Each message names the one before it in its room.
        case messagesAreChained = "each message names the one before it"
        /// A room nobody has used can be read and subscribed.
        case unknownRoomsAreEmpty = "unknown rooms are empty"
        /// Bodies of any bytes and up to 64 KiB and more arrive as they are.
        case bodiesArriveUnchanged = "bodies arrive unchanged"
        /// Where messages come from arrives with them, whether they are heard or read.
        case originsTravelWithMessages = "origins travel with messages"
        /// Subscribing hands over the end of the log, without a hole to what is read and to what comes.
        case subscriptionsContinueTheLog = "subscriptions continue the log"
        /// Subscribing again has no effect.
        case subscribingTwiceIsSubscribingOnce = "subscribing twice is subscribing once"
        /// Subscribing and unsubscribing while messages come in leaves no hole.
        case subscriptionsRaceWithMessages = "subscriptions race with messages"
        /// A thousand rooms on one broker.
        case thousandRooms = "a thousand rooms"
        /// Several brokers hear the same order.
        case brokersHearTheSameOrder = "all brokers hear the same order"
        /// The log keeps the newest messages, so many.
        case historyIsBoundedByCount = "the history is bounded by count"
        /// The log keeps messages no longer than their age.
        case historyIsBoundedByAge = "the history is bounded by age"
        /// The log keeps the newest messages, so many bytes.
        case historyIsBoundedByBytes = "the history is bounded by bytes"
        /// Reading takes either end of a range, within its limits.
        case readingTakesEitherEndOfARange = "reading takes either end of a range"
        /// A message with a known key is not appended again.
        case repetitionsAreRecognised = "repetitions are recognised"
        /// Of many at the same time with one key, one is appended.
        case concurrentRepetitionsStoreOne = "of concurrent repetitions one is stored"
        /// A repetition of what is retained no longer has no body.
        case repetitionsOutliveTheHistory = "repetitions outlive the history"

        /// What is checked, in a few words.
        public var description: String { rawValue }
    }

    /// How much more than its limits a log may hold, where trimming is cheaper in portions.
    public struct Slack: Sendable {
        /// Messages more than ``HistoryLimits/count``.
        public var messages: Int
        /// Bytes more than ``HistoryLimits/bytes``.
        public var bytes: Int

        /// Makes a slack.
        public init(messages: Int = 0, bytes: Int = 0) {
            self.messages = messages
            self.bytes = bytes
        }
    }

    let maximumBrokers: Int
    let slack: Slack
    private let patience: Duration
    private let factory: Factory

    /// Makes the suite for one kind of broker.
    /// - Parameters:
    ///   - maximumBrokers: How many brokers can share a backing.
    ///   - slack: How much more than its limits a log may hold.
    ///   - patience: How long to wait for anything.
    ///   - factory: Makes the brokers.
    public init(
        maximumBrokers: Int = 1,
        slack: Slack = Slack(),
        patience: Duration = .seconds(20),
        factory: @escaping Factory
    ) {
        self.maximumBrokers = maximumBrokers
        self.slack = slack
        self.patience = patience
        self.factory = factory
    }

    /// Runs one check upon new brokers; throws ``ConformanceFailure``, or what the broker threw.
    public func run(_ check: Check) async throws {
        switch check {
        case .timelineComesFirst: try await stage(run: timelineComesFirst)
        case .positionsIncreaseOverAllRooms: try await stage(run: positionsIncreaseOverAllRooms)
        case .messagesAreChained: try await stage(run: messagesAreChained)
        case .unknownRoomsAreEmpty: try await stage(run: unknownRoomsAreEmpty)
        case .bodiesArriveUnchanged: try await stage(run: bodiesArriveUnchanged)
        case .originsTravelWithMessages: try await stage(min(2, maximumBrokers), run: originsTravelWithMessages)
        case .subscriptionsContinueTheLog: try await stage(run: subscriptionsContinueTheLog)
        case .subscribingTwiceIsSubscribingOnce: try await stage(run: subscribingTwiceIsSubscribingOnce)
        case .subscriptionsRaceWithMessages:
            try await stage(min(2, maximumBrokers), run: subscriptionsRaceWithMessages)
        case .thousandRooms: try await stage(run: thousandRooms)
        case .brokersHearTheSameOrder: try await stage(min(3, maximumBrokers), run: brokersHearTheSameOrder)
        case .historyIsBoundedByCount: try await stage(history: Self.few, run: historyIsBoundedByCount)
        case .historyIsBoundedByAge: try await stage(history: Self.young, run: historyIsBoundedByAge)
        case .historyIsBoundedByBytes: try await stage(history: Self.small, run: historyIsBoundedByBytes)
        case .readingTakesEitherEndOfARange: try await stage(run: readingTakesEitherEndOfARange)
        case .repetitionsAreRecognised: try await stage(run: repetitionsAreRecognised)
        case .concurrentRepetitionsStoreOne:
            try await stage(min(2, maximumBrokers), run: concurrentRepetitionsStoreOne)
        case .repetitionsOutliveTheHistory: try await stage(history: Self.few, run: repetitionsOutliveTheHistory)
        }
    }

    /// Runs all checks, one after the other; throws at the first that fails.
    public func runAll() async throws {
        for check in Check.allCases {
            do {
                try await run(check)
            } catch {
                throw ConformanceFailure("\(check): \(error)")
            }
        }
    }

    private func stage(
        _ count: Int = 1,
        history: HistoryLimits = HistoryLimits(),
        run check: @escaping @Sendable (BrokerStage) async throws -> Void
    ) async throws {
        let brokers = try await factory(count, history)
        try ConformanceFailure.unless(
            brokers.count == count,
            "asked for \(count) brokers, the factory made \(brokers.count)"
        )
        try await BrokerStage(brokers: brokers, patience: patience).run(check)
    }
}
