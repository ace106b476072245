import NIOCore

/// The part of a link's pipeline that speaks Redis's protocol: bytes in and out, replies and commands towards the owner.
///
/// Bytes that are not Redis's, or a reply beyond the limits, are an error in the pipeline and the end of the link.
final class CodecHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Reply
    typealias OutboundIn = Command
    typealias OutboundOut = ByteBuffer

    private let parser: ReplyParser?
    private var hasFailed = false

    init(limits: ReplyParser.Limits = ReplyParser.Limits()) {
        parser = ReplyParser(limits: limits)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasFailed else { return }
        do {
            guard let parser else { throw ProtocolError(reason: "no memory for a parser") }
            try parser.feed(unwrapInboundIn(data)) { context.fireChannelRead(wrapInboundOut($0)) }
        } catch {
            hasFailed = true
            context.fireErrorCaught(error)
            context.close(promise: nil)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let command = unwrapOutboundIn(data)
        var buffer = context.channel.allocator.buffer(
            capacity: command.arguments.readableBytes + 16 * (command.lengths.count + 1)
        )
        command.write(to: &buffer)
        context.write(wrapOutboundOut(buffer), promise: promise)
    }
}

@available(*, unavailable)
extension CodecHandler: Sendable {}
