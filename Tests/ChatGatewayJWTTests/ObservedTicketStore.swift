import ChatGateway
import NIOCore
import Synchronization

/// Tickets in memory, and how often the nodes' secret was asked for.
final class ObservedTicketStore: TicketStore {
    private let store = LocalTicketStore()
    private let questions = Mutex(0)

    var secretQuestions: Int { questions.withLock { $0 } }

    func keep(_ value: ByteBuffer, as name: String, for time: Duration) async throws(BrokerError) {
        try await store.keep(value, as: name, for: time)
    }

    func take(_ name: String) async throws(BrokerError) -> ByteBuffer? { try await store.take(name) }

    func sharedSecret(proposed: ByteBuffer) async throws(BrokerError) -> ByteBuffer {
        questions.withLock { $0 += 1 }
        return try await store.sharedSecret(proposed: proposed)
    }
}
