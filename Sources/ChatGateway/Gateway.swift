public import CoreMetrics
import HTTPTypes
import Hummingbird
public import Logging
public import NIOCore
public import ServiceLifecycle

/// A node: takes requests and streams on its public listener, and the operator's questions on its ops listener.
///
/// It can also share the port of an application, made by `Application(router:gateway:)`: <doc:Embedding>.
///
/// It runs until graceful shutdown; then it takes no more connections, ends its streams one after the other over
/// ``GatewayConfiguration/drain``, and returns when the last is gone.
public struct Gateway: Service {
    private let live: LiveConfiguration
    let broker: any Broker
    private let access: Access?
    private let filter: MessageFilter?
    let control: any ControlPlane & ClusterPlane
    private let rates: any RateLimiter
    private let signals: any SignalPlane & PresencePlane
    private let metrics: any MetricsFactory
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let secure: (@Sendable (any Channel) throws -> Void)?
    private let onRunning: @Sendable (_ publicPort: Int, _ opsPort: Int) async -> Void
    private let hasOps: Bool
    let publisher: MessagePublisher
    let port = SharedPort()

    /// Makes a node.
    ///
    /// - Parameters:
    ///   - configuration: Every knob; the values are taken as they are, some of them also when they change later.
    ///   - broker: What carries messages to other nodes. The gateway runs it.
    ///   - access: Who may do what. Default: everybody everything.
    ///   - filter: What judges messages before they are stored. Default: nothing, which costs nothing.
    ///   - control: What carries operators' commands to other nodes, and brings their reports. Default: nothing, the node is
    ///     alone.
    ///   - rates: What counts messages on all nodes. Default: this node's own memory.
    ///   - signals: What carries to other nodes who types and who is there. Default: nothing, the node is alone.
    ///   - metrics: What keeps the node's counts; with a ``PrometheusMetrics`` the ops listener has `/metrics`. Default: what
    ///     the process has set up.
    ///   - eventLoopGroup: The loops that hold the streams.
    ///   - logger: Where to log.
    ///   - hasOps: Whether there is an ops listener. Default: yes.
    ///   - onRunning: Called once the listeners accept connections, with their ports; 0 for one that there is not. Not called
    ///     where an application's port is shared.
    ///   - secure: Adds to the empty pipeline of a connection to the public listener what comes between socket and HTTP,
    ///     such as TLS; where it throws, the connection is closed. Called on the connection's loop, once for each.
    ///     Default: none. With it a stream has at most 96 KiB under way, or one frame: they are its own copy.
    public init(
        configuration: LiveConfiguration,
        broker: any Broker,
        access: Access? = nil,
        filter: MessageFilter? = nil,
        control: any ControlPlane & ClusterPlane = LocalControlPlane(),
        rates: any RateLimiter = LocalRateLimiter(),
        signals: any SignalPlane & PresencePlane = LocalSignalPlane(),
        metrics: any MetricsFactory = MetricsSystem.factory,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        hasOps: Bool = true,
        onRunning: @escaping @Sendable (_ publicPort: Int, _ opsPort: Int) async -> Void = { _, _ in },
        secure: (@Sendable (any Channel) throws -> Void)? = nil
    ) {
        live = configuration
        self.broker = broker
        self.access = access
        self.filter = filter
        self.hasOps = hasOps
        publisher = MessagePublisher(broker: broker, metrics: GatewayMetrics(metrics))
        self.control = control
        self.rates = rates
        self.signals = signals
        self.metrics = metrics
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        self.secure = secure
        self.onRunning = onRunning
    }

    /// Runs the node until graceful shutdown, or until something it needs fails.
    public func run() async throws {
        let services = if let shared = try port.services() { shared } else { try wire(nil, isInFront: true).services }
        try await ServiceGroup(services: services, logger: logger).run()
    }

    /// What a node consists of: what its connections need, and what has to run for them.
    struct Wired {
        var gates: GateChannel
        /// Stopped from the back.
        var services: [any Service]
        var deadPeerLimit: Duration
    }

    /// Puts the stages together: behind a public listener, or behind the server of an application.
    ///
    /// The gateway is in front where connections come to it first, and not through handlers of somebody else's.
    func wire(_ application: ApplicationLane?, isInFront: Bool) throws -> Wired {
        let configuration = live.current
        guard let defaultRoom = Room(configuration.defaultRoom) else { throw Problem.badRoom }
        guard !hasOps || configuration.opsKey != nil || configuration.isOpsLocal else {
            throw InvalidConfiguration.openOps
        }
        let metrics = publisher.metrics
        let limits = StreamLimits(maximum: configuration.maxStreams, clients: configuration.clients, metrics: metrics)
        try live.follow(limits)
        var settings = StreamSettings(configuration)
        let hasSockets = isInFront && secure == nil
        if !hasSockets { settings.writeLimit = StreamSettings.encryptedWriteLimit }
        let record = configuration.presence == .on ? PresenceRecord(grace: configuration.presenceGrace) : nil
        let fanout = Fanout(broker: broker, limits: limits, settings: settings, presence: record)
        broker.deliver(to: fanout)
        let bars = Bars()
        let desk = ControlDesk(plane: control, fanout: fanout, bars: bars, logger: logger)
        let presence = record.map {
            PresenceDesk(plane: self.signals, record: $0, configuration: configuration, logger: logger)
        }
        let signals = SignalDesk(plane: self.signals, fanout: fanout)
        let access = access.map { AccessControl($0, isTLS: secure != nil, bars: bars, metrics: metrics) }

        let cluster = ClusterDesk(
            plane: control,
            subject: .init(
                configuration: live,
                readiness: Readiness(broker: broker, limits: limits),
                census: NodeCensus(fanout: fanout),
                metrics: metrics
            ),
            logger: logger
        )
        try live.follow(cluster)

        let ports = Ports(hasOps: hasOps, report: onRunning)
        var ops: [any Service] = []
        if hasOps {
            let operators = Application(
                router: try opsRouter(desk, cluster),
                configuration: .init(address: .hostname(configuration.opsHost, port: configuration.opsPort)),
                onServerRunning: { await ports.opsListens(on: $0.localAddress?.port ?? 0) },
                eventLoopGroupProvider: .shared(eventLoopGroup),
                logger: logger
            )
            ops = [operators]
        }
        let pace = try messagePace(metrics)
        let responder = publicRouter(pace, access, signals, presence).buildResponder()
        let requests = RequestsUnderWay()
        let policy = try Live(configuration) { try GatePolicy($0) }
        try live.follow(policy)
        var channel = GateChannel(
            shared: Gate.Shared(
                lane: HummingbirdLane(responder: responder).answer,
                application: application,
                posting: MessagePosting(
                    publisher: publisher,
                    pace: pace,
                    defaultRoom: defaultRoom,
                    access: access,
                    screen: screen
                ),
                admission: StreamAdmission(defaultRoom: defaultRoom, maximumHistory: configuration.history.count),
                access: access,
                policy: policy,
                fanout: fanout,
                requests: requests,
                logger: logger,
                bars: desk.bars,
                metrics: metrics,
                connections: ConnectionLimit(maximum: configuration.maxConnections, streams: limits)
            ),
            secure: secure
        )
        var first: [any Service] = []
        #if os(Linux)
        if hasSockets {
            let poller = try SocketPoller()
            channel.shared.poller = poller
            first = [poller]
        }
        #endif
        let listener = PublicListener(
            gates: channel,
            host: configuration.host,
            port: configuration.port,
            deadPeerLimit: configuration.slowLimit,
            eventLoopGroup: eventLoopGroup,
            logger: logger,
            onRunning: { await ports.publicListens(on: $0) }
        )
        // Stopped from the back: first the node says that it is going, last goes what the others need.
        let before: [any Service] = access.map { [broker, fanout, $0.access.authorizer, $0] } ?? [broker, fanout]
        let noting: [any Service] = presence.map { [$0] } ?? []
        let drain = Drain(fanout: fanout, requests: requests, duration: TimeAmount(configuration.drain))
        let front: [any Service] = application == nil ? [listener] : []
        let last = Farewell(limits: limits, drain: configuration.drain, logger: logger)
        return Wired(
            gates: channel,
            services: first + before + noting + [desk] + ops + [cluster, drain] + front + [last],
            deadPeerLimit: configuration.slowLimit
        )
    }

    /// The longest message that may be published now, in bytes.
    var maximumBody: Int { live.current.maxBody }

    /// Nil where every message passes.
    private var screen: MessageScreen? {
        filter.map { filter in
            MessageScreen(
                filter,
                maximumBody: { [live] in live.current.maxBody },
                eventLoopGroup: eventLoopGroup,
                logger: logger
            )
        }
    }

    private func publicRouter(
        _ pace: MessagePace,
        _ access: AccessControl?,
        _ signals: SignalDesk,
        _ presence: PresenceDesk?
    ) -> Router<GatewayRequestContext> {
        let router = Router(context: GatewayRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware())
        MessageRoutes(broker: broker, access: access).add(to: router)
        TypingRoutes(desk: signals, pace: pace, access: access).add(to: router)
        PresenceRoutes(desk: presence, access: access).add(to: router)
        TicketRoutes(access: access).add(to: router)
        PageRoutes().add(to: router)
        return router
    }

    private func messagePace(_ metrics: GatewayMetrics) throws -> MessagePace {
        let rules = try Live(live.current) { try MessagePace.Rules($0) }
        try live.follow(rules)
        return MessagePace(rules: rules, limiter: rates, metrics: metrics, logger: logger)
    }

    private func opsRouter(
        _ desk: ControlDesk,
        _ cluster: ClusterDesk
    ) throws -> Router<OpsRequestContext> {
        let router = Router(context: OpsRequestContext.self, options: .autoGenerateHeadEndpoints)
        // The listener stays where it is, whatever address a reload names.
        let isLocal = live.current.isOpsLocal
        let key = try Live(live.current) { configuration in
            guard configuration.opsKey != nil || isLocal else { throw InvalidConfiguration.openOps }
            return configuration.opsKey
        }
        try live.follow(key)
        router.add(middleware: AdminAccess(key: key))
        let subject = cluster.subject
        OpsRoutes(readiness: subject.readiness, prometheus: self.metrics as? PrometheusMetrics).add(to: router)
        AdminRoutes(
            configuration: live,
            publisher: MessagePublisher(broker: broker, metrics: subject.metrics),
            readiness: subject.readiness,
            census: subject.census,
            desk: desk
        )
        .add(to: router)
        ClusterRoutes(desk: cluster).add(to: router)
        return router
    }
}

extension Gateway: CustomStringConvertible {
    /// The node's name; what runs services writes this into logs.
    public var description: String { "Gateway \(live.current.node)" }
}

/// Waits until the listeners are open.
private actor Ports {
    private let report: @Sendable (Int, Int) async -> Void
    private var publicPort: Int?
    private var opsPort: Int?

    init(hasOps: Bool, report: @escaping @Sendable (Int, Int) async -> Void) {
        opsPort = hasOps ? nil : 0
        self.report = report
    }

    func publicListens(on port: Int) async {
        publicPort = port
        await reportIfBoth()
    }

    func opsListens(on port: Int) async {
        opsPort = port
        await reportIfBoth()
    }

    private func reportIfBoth() async {
        if let publicPort, let opsPort { await report(publicPort, opsPort) }
    }
}
