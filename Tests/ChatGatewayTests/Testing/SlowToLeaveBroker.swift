import ChatGateway
import Synchronization

/// A broker that tells nothing of rooms by itself, and for which the end of a subscription takes as long as a test wants.
final class SlowToLeaveBroker: Broker {
    private let broker = LocalBroker()
    private let leaving = Mutex<[@Sendable () -> Void]>([])

    /// Subscriptions that were asked to end.
    var leavingCount: Int { leaving.withLock { $0.count } }

    /// Ends them.
    func leave() {
        let ended = leaving.withLock { leaving in
            defer { leaving = [] }
            return leaving
        }
        for done in ended { done() }
    }

    func subscribe(_ room: Room) {}
    func unsubscribe(_ room: Room, done: @escaping @Sendable () -> Void) { leaving.withLock { $0.append(done) } }
    func deliver(to sink: any BrokerSink) { broker.deliver(to: sink) }
    func append(_ message: Message, to room: Room) async throws(BrokerError) -> Receipt {
        try await broker.append(message, to: room)
    }
    func repetition(of key: String, in room: Room) async throws(BrokerError) -> Receipt? {
        try await broker.repetition(of: key, in: room)
    }
    func read(_ range: ReadRange, of room: Room) async throws(BrokerError) -> Page {
        try await broker.read(range, of: room)
    }
    func top() async throws(BrokerError) -> (timeline: Timeline, top: Position) { try await broker.top() }
    var status: BrokerStatus { broker.status }
    func run() async throws { try await broker.run() }
}
