public import CoreMetrics
public import Logging
public import NIOCore
import NIOPosix

extension Gateway {
    /// Makes a gateway of one node, with the embedded broker.
    ///
    /// - Parameters:
    ///   - configuration: Every knob. Default: that of the command line.
    ///   - access: Who may do what. Default: everybody everything.
    ///   - filter: What judges messages before they are stored. Default: nothing.
    ///   - metrics: What keeps the node's counts. Default: what the process has set up.
    ///   - eventLoopGroup: The loops of a listener of its own. Default: those of the process.
    ///   - logger: Where to log. Default: what the process has set up, as `chat-gateway`.
    ///   - hasOps: Whether there is an ops listener, on ``GatewayConfiguration/opsPort``. Default: no.
    public init(
        configuration: GatewayConfiguration = GatewayConfiguration(),
        access: Access? = nil,
        filter: MessageFilter? = nil,
        metrics: any MetricsFactory = MetricsSystem.factory,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "chat-gateway"),
        hasOps: Bool = false
    ) {
        self.init(
            configuration: LiveConfiguration(configuration),
            broker: LocalBroker(history: configuration.history),
            access: access,
            filter: filter,
            metrics: metrics,
            eventLoopGroup: eventLoopGroup,
            logger: logger,
            hasOps: hasOps
        )
    }

    /// Makes a node of a gateway of several, with a broker that also carries everything else between them.
    ///
    /// - Parameters:
    ///   - configuration: Every knob. Default: that of the command line.
    ///   - carrier: What connects the nodes, such as ChatGatewayRedis's `RedisBroker`, made with the configuration's node
    ///     and history. The gateway runs it.
    ///   - access: Who may do what, with the carrier as its tickets. Default: everybody everything.
    ///   - filter: What judges messages before they are stored, the same on all nodes. Default: nothing.
    ///   - metrics: What keeps the node's counts. Default: what the process has set up.
    ///   - eventLoopGroup: The loops of a listener of its own. Default: those of the process.
    ///   - logger: Where to log. Default: what the process has set up, as `chat-gateway`.
    ///   - hasOps: Whether there is an ops listener, on ``GatewayConfiguration/opsPort``. Default: no.
    public init<Carrier: Broker & ControlPlane & ClusterPlane & RateLimiter & SignalPlane & PresencePlane>(
        configuration: GatewayConfiguration = GatewayConfiguration(),
        carrier: Carrier,
        access: Access? = nil,
        filter: MessageFilter? = nil,
        metrics: any MetricsFactory = MetricsSystem.factory,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "chat-gateway"),
        hasOps: Bool = false
    ) {
        self.init(
            configuration: LiveConfiguration(configuration),
            broker: carrier,
            access: access,
            filter: filter,
            control: carrier,
            rates: carrier,
            signals: carrier,
            metrics: metrics,
            eventLoopGroup: eventLoopGroup,
            logger: logger,
            hasOps: hasOps
        )
    }
}
