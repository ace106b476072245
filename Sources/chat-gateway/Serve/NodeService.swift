import ChatGateway
import ChatGatewayRedis
import Logging
import NIOCore
import ServiceLifecycle

/// A node with its broker: connects, serves, and stops in order.
struct NodeService: Service, CustomStringConvertible {
    let configuration: ServeConfiguration
    let live: LiveConfiguration
    let tls: ProcessTLS
    let auth: ProcessAuth
    let loops: any EventLoopGroup
    let logger: Logger
    private let metrics = ProcessMetrics.registry()

    var description: String { "node" }

    func run() async throws {
        let gateway = configuration.gateway
        try ListenerCheck(host: gateway.host, port: gateway.port).run()
        try ListenerCheck(host: gateway.opsHost, port: gateway.opsPort).run()
        guard let url = configuration.redis else {
            return try await serve(
                through: LocalBroker(history: gateway.history),
                tickets: LocalTicketStore(),
                control: LocalControlPlane(),
                rates: LocalRateLimiter(),
                signals: LocalSignalPlane()
            )
        }
        let broker = RedisBroker(
            url: url,
            tls: tls.redis,
            prefix: configuration.redisPrefix,
            node: gateway.node,
            history: gateway.history,
            probe: configuration.probe,
            eventLoopGroup: loops,
            logger: logger,
            metrics: metrics,
        )
        logger.notice("connecting to Redis", metadata: ["url": "\(url)", "limit": "10s"])
        do {
            try await cancelWhenGracefulShutdown { try await broker.connect(within: .seconds(10)) }
        } catch {
            if Task.isShuttingDownGracefully { return }
            throw BrokerFailure(url: url, error: error)
        }
        try await serve(through: broker, tickets: broker, control: broker, rates: broker, signals: broker)
    }

    private func serve(
        through broker: any Broker,
        tickets: any TicketStore,
        control: any ControlPlane & ClusterPlane,
        rates: any RateLimiter,
        signals: any SignalPlane & PresencePlane
    ) async throws {
        let access = auth.access(tickets: tickets)
        let configuration = configuration.gateway
        let gateway = Gateway(
            configuration: live,
            broker: broker,
            access: access,
            control: control,
            rates: rates,
            signals: signals,
            metrics: metrics,
            eventLoopGroup: loops,
            logger: logger,
            onRunning: { [logger, tls] publicPort, opsPort in
                let address = LocalAddress.reaching(configuration.host)
                    .url(port: publicPort, isSecure: tls.server != nil)
                let opsAddress = LocalAddress.reaching(configuration.opsHost).url(port: opsPort)
                logger.notice("listening", metadata: ["public": "\(address)", "ops": "\(opsAddress)"])
                Console.output.say("chat-gateway listening on \(address)")
            },
            secure: tls.server?.secure,
        )
        try await gateway.run()
    }
}
