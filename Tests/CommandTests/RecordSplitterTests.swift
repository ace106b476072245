import NIOCore
import NIOEmbedded
import Testing

@testable import chat_gateway

/// What long writes become before TLS takes them.
@Suite struct RecordSplitterTests {
    @Test(
        "A write goes on in pieces of one record, in order, and its promise stands for the last",
        arguments: [0, 1, 16_384, 16_385, 100_000]
    )
    func pieces(count: Int) throws {
        let channel = EmbeddedChannel(handler: RecordSplitter())
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let written = channel.eventLoop.makePromise(of: Void.self)
        channel.write(ByteBuffer(bytes: bytes), promise: written)
        var pieces: [ByteBuffer] = []
        while let piece = try channel.readOutbound(as: ByteBuffer.self) { pieces.append(piece) }
        // What is behind the last whole piece waits to be flushed together with more.
        #expect(pieces.count == max(0, (count - 1) / RecordSplitter.pieceSize))
        channel.flush()
        while let piece = try channel.readOutbound(as: ByteBuffer.self) { pieces.append(piece) }
        #expect(pieces.allSatisfy { $0.readableBytes <= RecordSplitter.pieceSize })
        #expect(pieces.flatMap { Array($0.readableBytesView) } == bytes)
        try written.futureResult.wait()
        _ = try channel.finish()
    }
}
