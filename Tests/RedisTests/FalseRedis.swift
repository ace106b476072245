import IntegrationSupport
import NIOCore
import NIOPosix
import Synchronization

/// Stands before a real Redis and, when told, puts something else in the place of what that answers.
final class FalseRedis: Sendable {
    /// What a client does on a connection, as far as its commands tell.
    enum Place: String, CaseIterable, Sendable {
        case commands
        case subscription
        case pages
    }

    /// What becomes of the next bytes that Redis sends.
    enum Lie: Hashable, Sendable {
        /// These come instead.
        case instead(String)
        /// They come twice.
        case twice
        /// Half of them comes, then the end.
        case brokenOff
        /// They never come.
        case silence
    }

    /// Where clients connect to.
    let port: Int

    private let listener: any Channel
    private let state: FalseRedisState

    /// Starts before the Redis on a port of 127.0.0.1.
    init(before target: Int) async throws {
        let state = FalseRedisState()
        self.state = state
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { near in
                let here = FalseRedisRelay(state: state, speaksForRedis: false)
                state.keep(near)
                do {
                    try near.pipeline.syncOperations.addHandler(here)
                } catch {
                    return near.eventLoop.makeFailedFuture(error)
                }
                let bound = NIOLoopBound(here, eventLoop: near.eventLoop)
                return ClientBootstrap(group: near.eventLoop)
                    .channelOption(.autoRead, value: false)
                    .channelInitializer { far in
                        far.eventLoop.makeCompletedFuture {
                            let there = FalseRedisRelay(state: state, speaksForRedis: true)
                            there.partner = near
                            bound.value.partner = far
                            bound.value.redis = there
                            try far.pipeline.syncOperations.addHandler(there)
                        }
                    }
                    .connect(host: "127.0.0.1", port: target)
                    .map { state.keep($0) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = listener.localAddress?.port ?? 0
    }

    /// From now on the next bytes for a place are what the lie makes of them, once.
    func tell(_ lie: Lie, at place: Place) { state.lies.withLock { $0[place] = lie } }

    /// Whether no lie waits to be told.
    var hasToldAll: Bool { state.lies.withLock { $0.isEmpty } }

    /// Forgets lies that nobody wanted to hear.
    func beHonest() { state.lies.withLock { $0 = [:] } }

    /// Closes every connection.
    func cut() async {
        for channel in state.open.withLock({ Array($0.values) }) { try? await channel.close() }
    }

    /// Ends with all connections.
    func close() async {
        try? await listener.close()
        await cut()
    }
}

/// What the connections through a ``FalseRedis`` have in common.
private final class FalseRedisState: Sendable {
    let lies = Mutex<[FalseRedis.Place: FalseRedis.Lie]>([:])
    let open = Mutex<[ObjectIdentifier: any Channel]>([:])

    func keep(_ channel: any Channel) {
        open.withLock { $0[ObjectIdentifier(channel)] = channel }
        channel.closeFuture.whenComplete { _ in
            self.open.withLock { $0[ObjectIdentifier(channel)] = nil }
        }
    }
}

/// One side of a connection; that which reads from Redis lies.
private final class FalseRedisRelay: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    var partner: (any Channel)?
    /// The other side, where this one reads from the client.
    var redis: FalseRedisRelay?
    private let state: FalseRedisState
    private let speaksForRedis: Bool
    private var place = FalseRedis.Place.pages
    private var isSilent = false

    init(state: FalseRedisState, speaksForRedis: Bool) {
        self.state = state
        self.speaksForRedis = speaksForRedis
    }

    func channelActive(context: ChannelHandlerContext) {
        context.read()
        partner?.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard let partner else { return }
        guard speaksForRedis else {
            let text = String(buffer: bytes)
            if text.contains("SUBSCRIBE") {
                redis?.place = .subscription
            } else if text.contains("memory") {
                redis?.place = .commands
            }
            return partner.writeAndFlush(bytes, promise: nil)
        }
        guard !isSilent else { return }
        switch state.lies.withLock({ $0.removeValue(forKey: place) }) {
        case nil: partner.writeAndFlush(bytes, promise: nil)
        case .instead(let text): partner.writeAndFlush(ByteBuffer(string: text), promise: nil)
        case .twice:
            partner.write(bytes, promise: nil)
            partner.writeAndFlush(bytes, promise: nil)
        case .brokenOff:
            let half = bytes.readSlice(length: bytes.readableBytes / 2) ?? bytes
            partner.writeAndFlush(half).whenComplete { _ in partner.close(promise: nil) }
        case .silence: isSilent = true
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.read()
    }

    func channelInactive(context: ChannelHandlerContext) {
        partner?.close(promise: nil)
        partner = nil
        redis = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
