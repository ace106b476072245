import NIOCore

/// Hands long writes to TLS in pieces, each flushed before the next.
///
/// TLS encrypts what is flushed together into one buffer, which it keeps for the connection's life at the largest size
/// that it ever had: for thousands of streams that is the larger part of their memory.
final class RecordSplitter: ChannelOutboundHandler, Sendable {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Bytes of one piece: what fits into a single TLS record.
    static let pieceSize = 16 * 1024

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var rest = unwrapOutboundIn(data)
        while rest.readableBytes > Self.pieceSize, let piece = rest.readSlice(length: Self.pieceSize) {
            context.writeAndFlush(wrapOutboundOut(piece), promise: nil)
        }
        context.write(wrapOutboundOut(rest), promise: promise)
    }
}
