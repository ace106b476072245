public import NIOCore
import Synchronization

/// Tickets in the memory of the process, for a gateway that is one node.
///
/// 100,000 at one time by default; a further one is refused.
public final class LocalTicketStore: TicketStore {
    private struct State {
        var values: [String: (value: ByteBuffer, expiry: UInt64)] = [:]
        /// Names in the order in which they were kept, which is that of their expiry where all are kept equally long.
        var names = CircularBuffer<String>()
        var secret: ByteBuffer?
    }

    private let limit: Int
    private let clock: @Sendable () -> UInt64
    private let state = Mutex(State())

    /// Makes an empty store.
    /// - Parameters:
    ///   - limit: Values kept at one time. Default 100,000.
    ///   - clock: Milliseconds since 1970.
    public init(limit: Int = 100_000, clock: @escaping @Sendable () -> UInt64 = WallClock.milliseconds) {
        self.limit = limit
        self.clock = clock
    }

    /// Keeps a value for a time.
    public func keep(_ value: ByteBuffer, as name: String, for time: Duration) async throws(BrokerError) {
        let now = clock()
        let milliseconds =
            UInt64(clamping: time.components.seconds) * 1000
            + UInt64(clamping: time.components.attoseconds / 1_000_000_000_000_000)
        let isKept = state.withLock { state in
            while let first = state.names.first, state.values[first].map({ $0.expiry <= now }) ?? true {
                state.values[first] = nil
                state.names.removeFirst()
            }
            // Used ones leave their names behind until those before them are gone.
            guard state.names.count < limit else { return false }
            state.values[name] = (value, now + milliseconds)
            state.names.append(name)
            return true
        }
        if !isKept { throw BrokerError(stored: .no, reason: "too many tickets wait to be used") }
    }

    /// Takes a value out.
    public func take(_ name: String) async throws(BrokerError) -> ByteBuffer? {
        let now = clock()
        return state.withLock { state in
            guard let kept = state.values.removeValue(forKey: name), kept.expiry > now else { return nil }
            return kept.value
        }
    }

    /// The secret that was proposed first.
    public func sharedSecret(proposed: ByteBuffer) async throws(BrokerError) -> ByteBuffer {
        state.withLock { state in
            let secret = state.secret ?? proposed
            state.secret = secret
            return secret
        }
    }
}
