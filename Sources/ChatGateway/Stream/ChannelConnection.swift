import NIOCore

/// A stream's connection whose bytes go through a channel: they are encrypted, or there is no other way on this system.
///
/// It is all that is left in the channel's pipeline, behind what encrypts.
final class ChannelConnection: ChannelInboundHandler, StreamConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let stream: EventStream
    private var context: ChannelHandlerContext?
    private var isFlushing = false

    init(_ stream: EventStream) {
        self.stream = stream
    }

    let socket: CInt? = nil

    var peer: ClientAddress? { ClientAddress(context?.channel.remoteAddress) }

    var bytesHeld: Int { (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }

    func write(_ bytes: ByteBuffer) {
        context?.write(wrapOutboundOut(bytes), promise: nil)
    }

    func flush() -> Bool {
        guard let context else { return false }
        isFlushing = true
        defer { isFlushing = false }
        context.flush()
        return context.channel.isWritable
    }

    func end(behind bytes: ByteBuffer) {
        guard let context else { return }
        let channel = context.channel
        let said = channel.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(bytes), promise: said)
        // A close with unread bytes would reset the connection and take the last event with it: half-close, and leave
        // the rest to the client.
        said.futureResult.whenSuccess { channel.close(mode: .output, promise: nil) }
        channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    }

    // MARK: ChannelHandler

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        // A stream is writable only while NIO holds nothing for it, so that it notices what a socket did not take.
        try? context.channel.syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: 1, high: 1))
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        closed()
    }

    /// Whatever a client sends after its request is read and dropped.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        // Within a flush it says so twice.
        if !isFlushing, context.channel.isWritable { stream.becameWritable() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The server allows half-closed connections, so that a client that leaves shows up here and not as inactive.
        if event as? ChannelEvent == .inputClosed { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        closed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func closed() {
        context = nil
        stream.closed()
    }
}
