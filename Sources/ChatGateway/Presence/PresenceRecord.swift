import Synchronization

/// Where loops note who comes and goes.
final class PresenceRecord: Sendable {
    private let register: Mutex<PresenceRegister>
    private let clock: @Sendable () -> UInt64

    /// - Parameters:
    ///   - grace: For how long a user stays whose last stream has ended.
    ///   - clock: Microseconds, never less than before.
    init(grace: Duration, clock: @escaping @Sendable () -> UInt64 = Uptime.microseconds) {
        register = Mutex(PresenceRegister(grace: UInt64(max(0, grace / .milliseconds(1)))))
        self.clock = clock
    }

    /// Milliseconds, never less than before.
    var now: UInt64 { clock() / 1_000 }

    func joined(_ room: Room, _ user: String?) {
        register.withLock { $0.joined(room, user) }
    }

    func left(_ rooms: [Room], _ user: String?) {
        let now = user == nil ? 0 : now
        register.withLock { register in
            for room in rooms { register.left(room, user, now: now) }
        }
    }

    /// Asks or changes the register.
    func withRegister<Result: Sendable>(_ body: (inout PresenceRegister) -> Result) -> Result {
        register.withLock { body(&$0) }
    }
}
