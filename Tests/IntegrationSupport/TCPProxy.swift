import NIOCore
import NIOPosix
import Synchronization

/// Stands between a node and another server, and can fail as networks do.
///
/// It listens on a port of 127.0.0.1 that the kernel chose.
package final class TCPProxy: Sendable {
    /// Where nodes connect to.
    package let port: Int

    private let listener: any Channel
    private let group: any EventLoopGroup
    private let routes: Routes

    /// Starts a proxy before the server on a port of 127.0.0.1.
    package init(to target: Int, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton) async throws {
        let routes = Routes(target: target)
        self.routes = routes
        self.group = group
        listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { Self.accept($0, routes) }
            .bind(host: "127.0.0.1", port: 0).get()
        port = listener.localAddress?.port ?? 0
    }

    /// Lets new connections reach another server; those that are open stay where they are until ``cut()``.
    package func redirect(to target: Int) {
        routes.state.withLock { $0.target = target }
    }

    /// Closes every connection.
    package func cut() async {
        for channel in routes.state.withLock({ Array($0.open.values) }) {
            try? await channel.close()
        }
    }

    /// From now on no byte arrives anywhere, and nobody is told.
    ///
    /// Connections that are open stay so for good, as when a firewall has forgotten them; new ones work again after
    /// ``restore()``.
    package func swallow() {
        routes.state.withLock { state in
            state.swallows = true
            state.generation += 1
        }
    }

    /// From now on no byte of one connection arrives anywhere, and nobody is told; the server knows it by this port.
    package func swallow(port: Int) {
        routes.state.withLock { _ = $0.dead.insert(port) }
    }

    /// Lets new connections through again.
    package func restore() {
        routes.state.withLock { $0.swallows = false }
    }

    /// Ends the proxy with all its connections.
    package func close() async {
        try? await listener.close()
        await cut()
    }

    private static func accept(_ near: any Channel, _ routes: Routes) -> EventLoopFuture<Void> {
        let (target, generation, swallows) = routes.admit(near)
        let here = Relay(routes, generation, isFar: false)
        do {
            try near.pipeline.syncOperations.addHandler(here)
        } catch {
            return near.eventLoop.makeFailedFuture(error)
        }
        // Nobody answers behind a cut cable, not even with a refusal.
        if swallows { return near.eventLoop.makeSucceededVoidFuture() }
        let loopBound = NIOLoopBound(here, eventLoop: near.eventLoop)
        return ClientBootstrap(group: near.eventLoop)
            .channelOption(.autoRead, value: false)
            .channelInitializer { far in
                far.eventLoop.makeCompletedFuture {
                    let there = Relay(routes, generation, isFar: true)
                    there.partner = near
                    loopBound.value.partner = far
                    try far.pipeline.syncOperations.addHandler(there)
                }
            }
            .connect(host: "127.0.0.1", port: target)
            .map { routes.keep($0) }
    }
}

/// What the connections of a proxy have in common.
private final class Routes: Sendable {
    struct State {
        var target: Int
        var swallows = false
        /// Connections of an earlier generation are dead.
        var generation = 0
        var open: [ObjectIdentifier: any Channel] = [:]
        /// Connections that are dead by themselves, by the ports that the server sees.
        var dead: Set<Int> = []
    }

    let state: Mutex<State>

    init(target: Int) {
        state = Mutex(State(target: target))
    }

    func admit(_ channel: any Channel) -> (target: Int, generation: Int, swallows: Bool) {
        keep(channel)
        return state.withLock { state in
            // Born while all is swallowed, a connection stays dead afterwards.
            (state.target, state.swallows ? -1 : state.generation, state.swallows)
        }
    }

    func keep(_ channel: any Channel) {
        state.withLock { $0.open[ObjectIdentifier(channel)] = channel }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.open[ObjectIdentifier(channel)] = nil }
        }
    }

    func isAlive(_ generation: Int, port: Int?) -> Bool {
        state.withLock { state in
            state.generation == generation && !(port.map { state.dead.contains($0) } ?? false)
        }
    }
}

/// One side of a connection through a proxy: what it reads goes to the other side.
private final class Relay: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    var partner: (any Channel)?
    private let routes: Routes
    private let generation: Int
    private let isFar: Bool

    init(_ routes: Routes, _ generation: Int, isFar: Bool) {
        self.routes = routes
        self.generation = generation
        self.isFar = isFar
    }

    private func isAlive(_ context: ChannelHandlerContext) -> Bool {
        routes.isAlive(generation, port: (isFar ? context.channel : partner)?.localAddress?.port)
    }

    func channelActive(context: ChannelHandlerContext) {
        context.read()
        // Whatever the client said before there was somebody to say it to.
        partner?.read()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let partner, isAlive(context) else { return }
        partner.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if partner?.isWritable ?? true { context.read() }
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { partner?.read() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        // Of a dead connection neither side hears that the other has left.
        if isAlive(context) { partner?.close(promise: nil) }
        partner = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
