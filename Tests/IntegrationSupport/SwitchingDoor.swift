import NIOCore
import NIOPosix
import Synchronization

/// A TCP relay on a port of its own that can be made to lead somewhere else; open connections stay where they are.
public final class SwitchingDoor: Sendable {
    /// The port on 127.0.0.1.
    public let port: Int

    private let server: any Channel
    private let target: Target

    /// Opens a door to a port of this machine.
    public init(to port: Int) async throws {
        let target = Target(port)
        self.target = target
        server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { client in
                ClientBootstrap(group: client.eventLoop)
                    .connect(host: "127.0.0.1", port: target.port)
                    .flatMapThrowing { peer in
                        try client.pipeline.syncOperations.addHandler(Relay(to: peer))
                        try peer.pipeline.syncOperations.addHandler(Relay(to: client))
                    }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        self.port = server.localAddress?.port ?? 0
    }

    /// Leads new connections to another port.
    public func lead(to port: Int) {
        target.port = port
    }

    /// Takes no more connections.
    public func close() async {
        try? await server.close()
    }

    private final class Target: Sendable {
        private let value: Mutex<Int>

        init(_ port: Int) {
            value = Mutex(port)
        }

        var port: Int {
            get { value.withLock { $0 } }
            set { value.withLock { $0 = newValue } }
        }
    }
}

/// Passes bytes on to the other side.
private final class Relay: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel

    init(to other: any Channel) {
        self.other = other
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        other.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
