import Logging
import NIOCore
import NIOEmbedded
import NIOPosix
import Synchronization
import Testing

@testable import ChatGateway

/// A filter's time, and how many are judged at one time.
@Suite struct MessageScreenTests {
    private func screen(_ filter: MessageFilter, on loop: any EventLoop) -> MessageScreen {
        MessageScreen(
            filter,
            maximumBody: { 1_000 },
            eventLoopGroup: loop,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func pass(_ screen: MessageScreen) async throws(Problem) {
        let bytes = ByteBuffer(string: "{}")
        guard let room = Room("lobby"), let body = try? MessageBody(parsing: bytes) else { throw .notFound }
        _ = try await screen.pass(body, bytes, to: room, from: nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func `whoever takes too long is not waited for, and is cancelled`() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (over, end) = AsyncStream.makeStream(of: Bool.self)
        let (never, source) = AsyncStream.makeStream(of: Void.self)
        defer { source.finish() }
        let loop = NIOAsyncTestingEventLoop()
        let screen = screen(
            MessageFilter(limit: .seconds(3)) { _ in
                begin.yield()
                // Hangs until it is cancelled.
                for await _ in never {}
                end.yield(Task.isCancelled)
                return .accept
            },
            on: loop
        )
        async let outcome: Void = pass(screen)
        _ = await begun.first { _ in true }
        await loop.advanceTime(by: .seconds(3))
        #expect(await over.first { _ in true } == true)
        do {
            try await outcome
            Issue.record("it passed")
        } catch {
            #expect(error as? Problem == .filterIsLate)
            #expect((error as? Problem)?.stored == .no)
        }
        await loop.shutdownGracefully()
    }

    @Test(.timeLimit(.minutes(1)))
    func `so many are judged at one time and no more, whoever heeds no cancellation`() async throws {
        let gate = Mutex<[CheckedContinuation<Void, Never>]>([])
        let screen = screen(
            MessageFilter(limit: .seconds(60)) { _ in
                await withCheckedContinuation { continuation in gate.withLock { $0.append(continuation) } }
                return .accept
            },
            on: MultiThreadedEventLoopGroup.singleton.any()
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<MessageScreen.capacity { group.addTask { try await pass(screen) } }
            while gate.withLock({ $0.count }) < MessageScreen.capacity { await Task.yield() }
            await #expect(throws: Problem.filterIsLate) { try await pass(screen) }
            for continuation in gate.withLock({ $0 }) { continuation.resume() }
            try await group.waitForAll()
        }
        gate.withLock { $0 = [] }
        async let last: Void = pass(screen)
        while gate.withLock({ $0.isEmpty }) { await Task.yield() }
        gate.withLock { $0.first }?.resume()
        try await last
    }
}
