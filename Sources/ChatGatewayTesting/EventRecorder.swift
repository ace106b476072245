import ChatGateway
import Synchronization

/// A sink that takes down what a broker tells it, checks it against the rules, and lets a test wait for it.
public final class EventRecorder: BrokerSink {
    private struct Waiter {
        var condition: @Sendable (EventRecord) -> Bool
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var record = EventRecord()
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
    }

    private let state = Mutex(State())

    /// Makes a recorder without events.
    public init() {}

    /// All that was heard up to now.
    public var record: EventRecord { state.withLock { $0.record } }

    /// Takes an event down.
    public func receive(_ event: BrokerEvent) {
        let ready = state.withLock { state in
            state.record.take(event)
            let ready = state.waiters.filter { $0.value.condition(state.record) }
            for number in ready.keys { state.waiters[number] = nil }
            return ready.values.map(\.continuation)
        }
        for continuation in ready { continuation.resume() }
    }

    /// Says that a room is about to be unsubscribed: what still arrives of it is not taken for a mistake.
    public func abandon(_ room: Room) {
        state.withLock { $0.record.abandon(room) }
    }

    /// Waits until a condition on what was heard holds.
    /// - Parameters:
    ///   - what: What is waited for, for the failure's text.
    ///   - limit: How long to wait.
    ///   - condition: Asked now and behind each event; must be quick.
    /// - Returns: All that was heard when the condition held.
    /// - Throws: ``ConformanceFailure`` where it does not hold in time.
    @discardableResult
    public func wait(
        for what: String,
        within limit: Duration = .seconds(10),
        until condition: @escaping @Sendable (EventRecord) -> Bool
    ) async throws -> EventRecord {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.wait(until: condition) }
            group.addTask {
                try await Task.sleep(for: limit)
                throw ConformanceFailure("not within \(limit): \(what); \(self.summary)")
            }
            defer { group.cancelAll() }
            try await group.next()
        }
        return record
    }

    private var summary: String {
        let record = record
        let whole = record.rooms.values.count(where: \.isWhole)
        let messages = record.rooms.values.reduce(0) { $0 + $1.entries.count }
        return "heard \(record.count) events, of \(record.rooms.count) rooms \(whole) are whole, \(messages) messages, "
            + "\(record.stalls) stalls, broken rules: \(record.violations)"
    }

    private func wait(until condition: @escaping @Sendable (EventRecord) -> Bool) async throws {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isDone = state.withLock { state in
                    if condition(state.record) || Task.isCancelled { return true }
                    state.waiters[number] = Waiter(condition: condition, continuation: continuation)
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: number) }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }
}
