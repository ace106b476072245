import NIOCore
import Testing

@testable import ChatGateway

/// What a stream writes at once, on real sockets.
@Suite struct StreamBatchTests {
    @Test func `what a socket does not take follows through NIO, whole and in order`() async throws {
        let pieces = (0..<40).map { ByteBuffer(repeating: UInt8($0), count: 100_003) }
        let pair = try await SocketPair { _ in Outlet() }
        let taken = try await pair.onLoop { outlet in try pieces.map { try outlet.write([$0]) } }
        #expect(taken.first == true)
        #expect(taken.last == false)
        #expect(try await pair.read(count: 40 * 100_003) == pieces.flatMap(\.readableBytesView))
        try await pair.close()
    }

    @Test func `a single piece goes past NIO, several go through it in their order`() async throws {
        let pair = try await SocketPair { _ in Outlet() }
        for (pieces, writes) in [(["one "], 0), (["two ", "three ", "four"], 3)] {
            let isTaken = try await pair.onLoop { try $0.write(pieces.map { ByteBuffer(string: $0) }) }
            #expect(isTaken)
            #expect(try await pair.onLoop { $0.writeCount } == writes)
        }
        #expect(try await pair.read(count: 18) == Array("one two three four".utf8))
        try await pair.close()
    }

    @Test func `NIO is never given a single byte, which it would not say that it holds`() {
        let event = ByteBuffer(string: "data: a\n\n")
        #expect(StreamBatch.rest(of: event, behind: 0) == event)
        #expect(StreamBatch.rest(of: event, behind: 7) == ByteBuffer(string: "\n\n"))
        #expect(StreamBatch.rest(of: event, behind: 8) == ByteBuffer(string: "\n\n"))
    }

    @Test func `a socket without another end closes its channel`() async throws {
        let pair = try await SocketPair { _ in Outlet() }
        let isTaken = try await pair.onLoop { outlet in
            pair.closeOther()
            return try outlet.write([ByteBuffer(string: "to nobody")])
        }
        #expect(!isTaken)
        try await pair.channel.closeFuture.get()
    }
}

/// Writes batches as a stream does, and counts what goes through NIO.
private final class Outlet: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private var context: ChannelHandlerContext?
    private var isBlocked = false
    private(set) var writeCount = 0

    func write(_ pieces: [ByteBuffer]) throws -> Bool {
        // From behind this handler, so that it sees what goes through the pipeline.
        let last = try #require(context)
        var batch = StreamBatch(try last.channel.pipeline.syncOperations.context(handlerType: Writer.self))
        for piece in pieces { batch.add(piece) }
        let isTaken = batch.leave(to: isBlocked ? nil : last.channel.descriptor)
        if !isTaken { isBlocked = true }
        return isTaken
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        try? context.pipeline.syncOperations.addHandler(Writer(), position: .after(self))
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        writeCount += 1
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private final class Writer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
    }
}
