import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import ChatGateway

/// What a stream writes, on real sockets.
@Suite struct StreamBatchTests {
    @Test func `what a socket does not take follows through NIO, whole and in order`() async throws {
        let pieces = (0..<40).map { ByteBuffer(repeating: UInt8($0), count: 100_003) }
        let pair = try await SocketPair()
        let taken = try await pair.onLoop { context, socket in
            var isBlocked = false
            return pieces.map { piece in
                var batch = StreamBatch(context)
                batch.add(piece)
                if !batch.leave(through: isBlocked ? nil : socket) { isBlocked = true }
                return !isBlocked
            }
        }
        #expect(taken.first == true)
        #expect(taken.last == false)
        let received = try await pair.read(count: 40 * 100_003)
        #expect(received == pieces.flatMap(\.readableBytesView))
        try await pair.close()
    }

    @Test func `pieces that leave together keep their order`() async throws {
        let pair = try await SocketPair()
        let isTaken = try await pair.onLoop { context, socket in
            var batch = StreamBatch(context)
            for word in ["one ", "two ", "three"] { batch.add(ByteBuffer(string: word)) }
            return batch.leave(through: socket)
        }
        #expect(isTaken)
        #expect(try await pair.read(count: 13) == Array("one two three".utf8))
        try await pair.close()
    }

    @Test func `a socket without another end closes its channel, and nothing else`() async throws {
        let pair = try await SocketPair()
        let isTaken = try await pair.onLoop { context, socket in
            pair.closeOther()
            var batch = StreamBatch(context)
            batch.add(ByteBuffer(string: "to nobody"))
            return batch.leave(through: socket)
        }
        #expect(!isTaken)
        try await pair.channel.closeFuture.get()
    }
}

/// Two connected sockets: a channel like a stream's has one, the test the other.
private struct SocketPair: Sendable {
    let channel: any Channel
    private let other: CInt

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    init() async throws {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
            throw IOError(errnoCode: errno, reason: "socketpair")
        }
        other = ends[1]
        channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.writeBufferWaterMark, value: .init(low: 1, high: 1))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler()) }
            }
            .withConnectedSocket(ends[0])
            .get()
    }

    func onLoop<Value: Sendable>(
        _ body: @escaping @Sendable (ChannelHandlerContext, CInt) throws -> Value
    ) async throws -> Value {
        try await channel.eventLoop
            .submit {
                let context = try channel.pipeline.syncOperations.context(handlerType: Handler.self)
                return try body(context, try #require(channel.descriptor))
            }
            .get()
    }

    /// Waits for so many bytes; fewer come only where the channel is closed.
    func read(count: Int) async throws -> [UInt8] {
        try await NIOThreadPool.singleton.runIfActive {
            var received: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while received.count < count {
                let size = Glibc.read(other, &buffer, min(buffer.count, count - received.count))
                guard size > 0 else { break }
                received += buffer[..<size]
            }
            return received
        }
    }

    func closeOther() {
        _ = Glibc.close(other)
    }

    func close() async throws {
        closeOther()
        try? await channel.close()
    }
}
