import ChatGateway
import NIOCore
import Testing

@testable import ChatGatewayRedis

@Suite struct AppendQueueTests {
    /// Lets a test have a request whose answer it can wait for.
    private func answers(
        to count: Int,
        _ body: @Sendable ([AppendRequest], ContinuousClock.Instant) -> Void
    ) async throws -> [Result<Receipt, BrokerError>] {
        let room = try #require(Room("a"))
        let now = ContinuousClock.now
        let (requests, arrive) = AsyncStream<AppendRequest>.makeStream()
        return await withTaskGroup(of: (Int, Result<Receipt, BrokerError>).self) { group in
            for index in 0..<count {
                group.addTask {
                    await (
                        index,
                        withCheckedContinuation { continuation in
                            arrive.yield(
                                AppendRequest(
                                    message: Message(body: ByteBuffer(string: "\(index)")),
                                    room: room,
                                    deadline: now + .seconds(index + 1),
                                    answer: continuation
                                )
                            )
                        }
                    )
                }
            }
            var all: [AppendRequest] = []
            for await request in requests {
                all.append(request)
                if all.count == count { break }
            }
            body(all.sorted { $0.deadline < $1.deadline }, now)
            var results: [Int: Result<Receipt, BrokerError>] = [:]
            for await (index, result) in group { results[index] = result }
            return (0..<count).compactMap { results[$0] }
        }
    }

    @Test func `a call that is sent again without those who gave up gives each of the others its own answer`()
        async throws
    {
        let epoch = try #require(Epoch("e"))
        let position = Position(milliseconds: 7, sequence: 0)
        let results = try await answers(to: 3) { requests, now in
            var queue = AppendQueue()
            for request in requests { queue.add(request) }
            guard let call = queue.next() else { return }
            queue.expire(now: now + .milliseconds(1500))
            queue.repeats(call)
            // Redis stored the second, and says nothing of the third.
            queue.finish(call, epoch: epoch, [.stored(position)])
        }
        #expect(throws: BrokerError(stored: .unknown, reason: "Redis did not answer in time")) { try results[0].get() }
        #expect(try results[1].get() == .stored(Cursor(epoch: epoch, position: position)))
        #expect(throws: BrokerError(stored: .unknown, reason: "Redis did not say what became of the message")) {
            try results[2].get()
        }
    }
}
