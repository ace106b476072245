import ChatGateway
import Synchronization

/// The embedded broker, and which rooms it was asked to follow.
final class ObservedBroker: Broker {
    private let broker: LocalBroker
    private let followed = Mutex<Set<Room>>([])
    private let hold = Mutex<[CheckedContinuation<Void, Never>]?>(nil)

    init(history: HistoryLimits) {
        broker = LocalBroker(history: history)
    }

    /// The rooms that the node wants.
    var rooms: Set<Room> { followed.withLock { $0 } }

    /// Messages that wait to be stored, since ``pause()``.
    var waitingCount: Int { hold.withLock { $0?.count ?? 0 } }

    /// From now on messages wait to be stored.
    func pause() { hold.withLock { $0 = $0 ?? [] } }

    /// Stores what waits.
    func resume() {
        let waiting = hold.withLock { hold in
            defer { hold = nil }
            return hold ?? []
        }
        for continuation in waiting { continuation.resume() }
    }

    func append(_ message: Message, to room: Room) async throws(BrokerError) -> Receipt {
        await withCheckedContinuation { continuation in
            let isHeld = hold.withLock { hold in
                hold?.append(continuation)
                return hold != nil
            }
            if !isHeld { continuation.resume() }
        }
        return try await broker.append(message, to: room)
    }

    func subscribe(_ room: Room) {
        followed.withLock { _ = $0.insert(room) }
        broker.subscribe(room)
    }

    func unsubscribe(_ room: Room, done: @escaping @Sendable () -> Void) {
        followed.withLock { _ = $0.remove(room) }
        broker.unsubscribe(room, done: done)
    }

    func repetition(of key: String, in room: Room) async throws(BrokerError) -> Receipt? {
        try await broker.repetition(of: key, in: room)
    }
    func deliver(to sink: any BrokerSink) { broker.deliver(to: sink) }
    func read(_ range: ReadRange, of room: Room) async throws(BrokerError) -> Page {
        try await broker.read(range, of: room)
    }
    func top() async throws(BrokerError) -> (timeline: Timeline, top: Position) { try await broker.top() }
    var status: BrokerStatus { broker.status }
    func run() async throws { try await broker.run() }
}
