import Synchronization
import Testing

@testable import ChatGateway

@Suite struct PresenceLookupsTests {
    /// Answers when it is told to, and counts how often it was asked.
    private final class Oracle: Sendable {
        let count = Mutex(0)
        private let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])

        func ask() async -> Presence {
            let number = count.withLock { count in
                count += 1
                return count
            }
            await withCheckedContinuation { continuation in waiting.withLock { $0.append(continuation) } }
            return Presence(streams: number, users: [])
        }

        func answer() -> Bool {
            let continuation = waiting.withLock { $0.popLast() }
            continuation?.resume()
            return continuation != nil
        }
    }

    @Test func `however many want to know, of a room is asked once at a time`() async throws {
        let lookups = PresenceLookups { 0 }
        let oracle = Oracle()
        let answers = try await withThrowingTaskGroup(of: Presence.self) { group in
            for _ in 0..<100 {
                group.addTask { try await lookups.presence(in: .named("a")) { await oracle.ask() } }
            }
            while !oracle.answer() { await Task.yield() }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: Presence(streams: 1, users: []), count: 100))
        #expect(oracle.count.withLock { $0 } == 1)
    }

    @Test func `an answer is good for a quarter of a second, and for its room`() async throws {
        let clock = ManualMicroseconds()
        let lookups = PresenceLookups { clock.now }
        var asked: [String] = []
        for (pause, name) in [(0, "a"), (249, "a"), (0, "b"), (1, "a"), (249, "a"), (1, "a")] as [(UInt64, String)] {
            clock.advance(pause)
            _ = try await lookups.presence(in: .named(name)) {
                asked.append("\(name) \(clock.now)")
                return Presence(streams: 0, users: [])
            }
        }
        #expect(asked == ["a 1", "b 250", "a 251", "a 501"])
    }

    @Test func `a question that was refused is asked anew by who comes next`() async throws {
        let lookups = PresenceLookups { 0 }
        await #expect(throws: BrokerError.self) {
            try await lookups.presence(in: .named("a")) { () async throws(BrokerError) in
                throw BrokerError(stored: .no, reason: "away")
            }
        }
        let answer = try await lookups.presence(in: .named("a")) { Presence(streams: 3, users: nil) }
        #expect(answer.streams == 3)
    }
}
