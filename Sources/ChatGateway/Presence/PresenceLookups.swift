import Synchronization

/// Asks what other nodes hold of rooms: of each room once at a time, whoever wants to know, and not again at once.
final class PresenceLookups: Sendable {
    private struct State {
        /// Who waits, by the rooms that others are being asked about.
        var asked: [Room: [CheckedContinuation<Result<Presence, BrokerError>, Never>]] = [:]
        var answered: [Room: (presence: Presence, moment: UInt64)] = [:]
    }

    private enum Turn {
        case ask
        case wait
        case take(Presence)
    }

    /// For how long an answer is good, in milliseconds.
    static let age: UInt64 = 250
    /// Answers that are kept.
    static let limit = 1_000

    private let state = Mutex(State())
    private let clock: @Sendable () -> UInt64

    /// - Parameter clock: Milliseconds, never less than before.
    init(clock: @escaping @Sendable () -> UInt64) {
        self.clock = clock
    }

    /// What others hold of a room, by a question unless one is under way or was answered just now.
    func presence(
        in room: Room,
        asking ask: () async throws(BrokerError) -> Presence
    ) async throws(BrokerError) -> Presence {
        switch turn(in: room) {
        case .take(let presence): return presence
        case .wait: return try await wait(in: room).get()
        case .ask:
            let result: Result<Presence, BrokerError>
            do throws(BrokerError) {
                result = .success(try await ask())
            } catch {
                result = .failure(error)
            }
            finish(room, result)
            return try result.get()
        }
    }

    private func turn(in room: Room) -> Turn {
        let now = clock()
        return state.withLock { state in
            if state.asked[room] != nil { return .wait }
            if let (presence, moment) = state.answered[room], now < moment + Self.age { return .take(presence) }
            state.asked[room] = []
            return .ask
        }
    }

    private func wait(in room: Room) async -> Result<Presence, BrokerError> {
        await withCheckedContinuation { continuation in
            let known: Result<Presence, BrokerError>? = state.withLock { state in
                // In place: copied for everybody who comes, thousands of waiters would hold the lock for long.
                if state.asked[room]?.append(continuation) != nil { return nil }
                if let presence = state.answered[room]?.presence { return .success(presence) }
                // It was refused just now.
                return .failure(BrokerError(stored: .no, reason: "the question was not answered"))
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    private func finish(_ room: Room, _ result: Result<Presence, BrokerError>) {
        let now = clock()
        let waiters = state.withLock { state in
            if state.answered.count >= Self.limit { state.answered = [:] }
            state.answered[room] = (try? result.get()).map { (presence: $0, moment: now) }
            return state.asked.removeValue(forKey: room)
        }
        for waiter in waiters ?? [] { waiter.resume(returning: result) }
    }
}
