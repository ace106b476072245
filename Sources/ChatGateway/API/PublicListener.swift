import Logging
import NIOCore
import NIOExtras
import NIOPosix
import ServiceLifecycle

#if canImport(Musl)
import Musl
#elseif canImport(Glibc)
import Glibc
#endif

/// Accepts connections until the node stops; then each answers what it was asked, and closes.
///
/// Where streams can live on bare sockets, the ``SocketPoller`` accepts, and ``SocketLane`` parts what comes. Elsewhere
/// NIO accepts, and every connection is a channel that is taken in on its loop alone: that no task hears of it saves two
/// changes of thread.
struct PublicListener: Service, CustomStringConvertible {
    /// Connections that may wait to be accepted: a short queue would turn a burst of reconnects away.
    private static let backlog: Int32 = 4096
    /// Connections accepted before the loop turns to those it has.
    private static let acceptCount: UInt = 16
    /// The kernel counts a full window too: a slow reader is told first, by the stream itself.
    private static let deadPeerGrace = TimeAmount.seconds(2)

    let gates: GateChannel
    let host: String
    let port: Int
    /// After how long a peer that acknowledges nothing is given up by the kernel, whose own limit is 15 minutes.
    ///
    /// A machine that vanished leaves its connections half-open: heartbeats go into the socket's buffer and say nothing.
    let deadPeerLimit: Duration
    let eventLoopGroup: any EventLoopGroup
    let logger: Logger
    let onRunning: @Sendable (_ port: Int) async -> Void

    #if os(Linux)
    private static func deadPeerOption(_ limit: Duration) -> (ChannelOptions.Types.SocketOption, Int) {
        let milliseconds = Int((TimeAmount(limit) + deadPeerGrace).nanoseconds / 1_000_000)
        return (.tcpOption(.init(rawValue: TCP_USER_TIMEOUT)), milliseconds)
    }
    #endif

    /// Has the kernel give up peers that acknowledge nothing, on a connection that another listener has accepted.
    static func limitDeadPeers(_ channel: any Channel, _ limit: Duration) {
        #if os(Linux)
        let (option, milliseconds) = deadPeerOption(limit)
        // Not every kind of socket has it: a Unix domain one has no need.
        try? channel.syncOptions?.setOption(option, value: .init(milliseconds))
        #endif
    }

    /// What runs services writes this into logs.
    var description: String { "PublicListener" }

    func run() async throws {
        #if os(Linux)
        if let poller = gates.shared.poller { return try await run(poller) }
        #endif
        let quiescing = ServerQuiescingHelper(group: eventLoopGroup)
        let server =
            try await bootstrap
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        quiescing.makeServerChannelHandler(channel: channel),
                        ConnectionAcceptor(gates)
                    )
                }
            }
            .bind(host: host, port: port)
            .get()
        await listens(server)
        do {
            try await gracefulShutdown()
            // Streams are not waited for: they end in their own time, once nobody comes any more.
            quiescing.initiateShutdown(promise: nil)
        } catch {
            server.close(promise: nil)
        }
        try await server.closeFuture.get()
    }

    #if os(Linux)
    /// Has the poller accept: only what is no stream becomes a channel.
    private func run(_ poller: SocketPoller) async throws {
        let channels = OpenChannels()
        let server =
            try await bootstrap
            .serverChannelOption(.autoRead, value: false)
            // Connections inherit it.
            .serverChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: host, port: port)
            .get()
        do {
            try await open(server, SocketLane(gates: gates, poller: poller, channels: channels), poller)
        } catch {
            server.close(promise: nil)
            throw error
        }
        await listens(server)
        try? await gracefulShutdown()
        try await poller.shutDoor(on: server.eventLoop)
        channels.quiesce()
        server.close(promise: nil)
        try await server.closeFuture.get()
    }

    private func open(_ server: any Channel, _ lane: SocketLane, _ poller: SocketPoller) async throws {
        var inboxes: [SocketInbox] = []
        for loop in eventLoopGroup.makeIterator() {
            inboxes.append(try await loop.submit { poller.inbox(of: lane.gates.shared.fanout.loop(on: loop)) }.get())
        }
        let descriptor = try await server.eventLoop.submit { server.descriptor.flatMap { Socket.copy($0) } }.get()
        guard let descriptor else { throw IOError(errnoCode: EMFILE, reason: "fcntl") }
        try await poller.open(Door(descriptor: descriptor, lane: lane, inboxes: inboxes), on: server.eventLoop)
    }
    #endif

    private var bootstrap: ServerBootstrap {
        let bootstrap = ServerBootstrap(group: eventLoopGroup)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.maxMessagesPerRead, value: Self.acceptCount)
        #if os(Linux)
        // Connections inherit it, which saves a call of the kernel for each.
        let (option, milliseconds) = Self.deadPeerOption(deadPeerLimit)
        return bootstrap.serverChannelOption(option, value: milliseconds)
        #else
        return bootstrap
        #endif
    }

    private func listens(_ server: any Channel) async {
        let port = server.localAddress?.port ?? port
        logger.info("Listening", metadata: ["host": "\(host)", "port": "\(port)"])
        await onRunning(port)
    }
}
