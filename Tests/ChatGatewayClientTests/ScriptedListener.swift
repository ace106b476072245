import NIOCore
import NIOHTTP1
import NIOPosix

/// A server of HTTP that is no gateway: it answers every request in the way that a test says.
enum ScriptedListener {
    /// Runs a test with a listener's URL; every answer has this body, and the head that `answer` makes of the target.
    static func with(
        body: ByteBuffer = ByteBuffer(),
        isolation: isolated (any Actor)? = #isolation,
        answer: @escaping @Sendable (_ target: String) -> HTTPResponseHead,
        _ test: (_ url: String) async throws -> Void
    ) async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(AnswerHandler(body: body, answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        do {
            try await test("http://127.0.0.1:\(server.localAddress?.port ?? 0)")
        } catch {
            try await server.close()
            throw error
        }
        try await server.close()
    }
}

/// Answers the requests of one connection.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let body: ByteBuffer
    private let answer: (String) -> HTTPResponseHead
    private var target = ""

    init(body: ByteBuffer, answer: @escaping (String) -> HTTPResponseHead) {
        self.body = body
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): target = head.uri
        case .body: break
        case .end:
            var head = answer(target)
            head.headers.add(name: "Content-Length", value: "\(body.readableBytes)")
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
