import Synchronization

/// Asks what other nodes hold of rooms: of each room once at a time, whoever wants to know, and not again at once.
final class PresenceLookups: Sendable {
    private enum Entry {
        case asked([CheckedContinuation<Result<Presence, BrokerError>, Never>])
        case answered(Presence, at: UInt64)
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

    private let rooms = Mutex<[Room: Entry]>([:])
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
        return rooms.withLock { rooms in
            switch rooms[room] {
            case .asked: return .wait
            case .answered(let presence, let moment) where now < moment + Self.age: return .take(presence)
            default:
                rooms[room] = .asked([])
                return .ask
            }
        }
    }

    private func wait(in room: Room) async -> Result<Presence, BrokerError> {
        await withCheckedContinuation { continuation in
            let known: Result<Presence, BrokerError>? = rooms.withLock { rooms in
                switch rooms[room] {
                case .asked(let others):
                    rooms[room] = .asked(others + [continuation])
                    return nil
                case .answered(let presence, _): return .success(presence)
                // It was refused just now.
                case nil: return .failure(BrokerError(stored: .no, reason: "the question was not answered"))
                }
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    private func finish(_ room: Room, _ result: Result<Presence, BrokerError>) {
        let now = clock()
        let entry = rooms.withLock { rooms in
            let entry = rooms.removeValue(forKey: room)
            if rooms.count >= Self.limit {
                rooms = rooms.filter { entry in
                    if case .asked = entry.value { true } else { false }
                }
            }
            if case .success(let presence) = result { rooms[room] = .answered(presence, at: now) }
            return entry
        }
        if case .asked(let waiters) = entry {
            for waiter in waiters { waiter.resume(returning: result) }
        }
    }
}
