import Glibc
import IntegrationSupport
import NIOCore
import NIOPosix
import Testing

@testable import ChatGateway

/// Two connected sockets: a channel with one handler has one, the test the other.
struct SocketPair<Handler: ChannelHandler & SendableMetatype>: Sendable {
    let channel: any Channel
    let handler: NIOLoopBound<Handler>
    private let other: CInt

    /// Makes the pair on a loop, and the handler there.
    init(_ makeHandler: @escaping @Sendable (any EventLoop) throws -> Handler) async throws {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
            throw IOError(errnoCode: errno, reason: "socketpair")
        }
        other = ends[1]
        // What does not come is a failure, and no test that hangs.
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(other, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.writeBufferWaterMark, value: .init(low: 1, high: 1))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(makeHandler(channel.eventLoop))
                }
            }
            .withConnectedSocket(ends[0])
            .get()
        self.channel = channel
        handler = try await channel.eventLoop
            .submit {
                let handler = try channel.pipeline.syncOperations.handler(type: Handler.self)
                return NIOLoopBound(handler, eventLoop: channel.eventLoop)
            }
            .get()
    }

    func onLoop<Value: Sendable>(_ body: @escaping @Sendable (Handler) throws -> Value) async throws -> Value {
        try await channel.eventLoop.submit { [handler] in try body(handler.value) }.get()
    }

    /// Waits for so many bytes; fewer are all that came.
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
