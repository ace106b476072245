import ChatGateway
import NIOCore

extension RedisBroker {
    /// Sends one command whose answer is a string or nothing; it is never repeated.
    func value(of command: Command) async throws(BrokerError) -> ByteBuffer? {
        let result: Result<ByteBuffer?, BrokerError> = await withCheckedContinuation { continuation in
            send(.value(command, continuation))
        }
        return try result.get()
    }
}
