import ChatGateway
import NIOCore

extension RedisBroker {
    /// Sends one command whose answer is a string or nothing; it is never repeated.
    func value(
        of command: Command,
        until deadline: ContinuousClock.Instant? = nil
    ) async throws(BrokerError) -> ByteBuffer? {
        let result: Result<ByteBuffer?, BrokerError> = await withCheckedContinuation { continuation in
            send(.value(command, deadline: deadline, continuation))
        }
        return try result.get()
    }

    /// Sends one command that changes nothing; it may be repeated.
    func lookup(_ command: Command) async throws(BrokerError) -> ByteBuffer? {
        let result: Result<ByteBuffer?, BrokerError> = await withCheckedContinuation { continuation in
            send(.lookup(command, continuation))
        }
        return try result.get()
    }

    /// Runs a script by its hash, of which the command is made; its answer is a string or nothing.
    ///
    /// A limit holds for what is no lookup.
    func value(
        of script: LoadedScript,
        isLookup: Bool = false,
        within limit: Duration? = nil,
        _ command: (String) -> Command
    ) async throws(BrokerError) -> ByteBuffer? {
        let deadline = limit.map { ContinuousClock.now + $0 }
        if let hash = script.hash.withLock({ $0 }) {
            do throws(BrokerError) {
                return isLookup
                    ? try await lookup(command(hash)) : try await value(of: command(hash), until: deadline)
            } catch {
                // Redis has lost it, and has done nothing.
                guard error.reason == Refusal.isUnknownScript.reason else { throw error }
            }
        }
        guard let answer = try await value(of: script.load, until: deadline) else { throw Self.noAnswer }
        let hash = String(buffer: answer)
        script.hash.withLock { $0 = hash }
        return isLookup ? try await lookup(command(hash)) : try await value(of: command(hash), until: deadline)
    }
}
