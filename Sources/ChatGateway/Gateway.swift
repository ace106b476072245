import HTTPTypes
import Hummingbird
import HummingbirdCore
public import Logging
public import NIOCore
public import ServiceLifecycle

/// A node: takes requests and streams on its public listener, and the operator's questions on its ops listener.
///
/// It runs until graceful shutdown; then it takes no more connections, ends its streams one after the other over
/// ``GatewayConfiguration/drain``, and returns when the last is gone.
public struct Gateway: Service {
    private let live: LiveConfiguration
    private let broker: any Broker
    private let access: Access?
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let onRunning: @Sendable (_ publicPort: Int, _ opsPort: Int) async -> Void

    /// Makes a node whose configuration does not change.
    ///
    /// - Parameters:
    ///   - configuration: Every knob; the values are taken as they are.
    ///   - broker: What carries messages to other nodes. The gateway runs it.
    ///   - access: Who may do what. Default: everybody everything.
    ///   - eventLoopGroup: The loops that hold the streams.
    ///   - logger: Where to log.
    ///   - onRunning: Called once both listeners accept connections, with their ports.
    public init(
        configuration: GatewayConfiguration,
        broker: any Broker,
        access: Access? = nil,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        onRunning: @escaping @Sendable (_ publicPort: Int, _ opsPort: Int) async -> Void = { _, _ in }
    ) {
        self.init(
            configuration: LiveConfiguration(configuration),
            broker: broker,
            access: access,
            eventLoopGroup: eventLoopGroup,
            logger: logger,
            onRunning: onRunning
        )
    }

    /// Makes a node.
    ///
    /// - Parameters:
    ///   - configuration: Every knob; the values are taken as they are, some of them also when they change later.
    ///   - broker: What carries messages to other nodes. The gateway runs it.
    ///   - access: Who may do what. Default: everybody everything.
    ///   - eventLoopGroup: The loops that hold the streams.
    ///   - logger: Where to log.
    ///   - onRunning: Called once both listeners accept connections, with their ports.
    public init(
        configuration: LiveConfiguration,
        broker: any Broker,
        access: Access? = nil,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        onRunning: @escaping @Sendable (_ publicPort: Int, _ opsPort: Int) async -> Void = { _, _ in }
    ) {
        live = configuration
        self.broker = broker
        self.access = access
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        self.onRunning = onRunning
    }

    /// Runs the node until graceful shutdown, or until something it needs fails.
    public func run() async throws {
        let configuration = live.current
        guard let defaultRoom = Room(configuration.defaultRoom) else { throw Problem.badRoom }
        let limits = StreamLimits(maximum: configuration.maxStreams)
        try live.follow(limits)
        let fanout = Fanout(broker: broker, limits: limits, settings: StreamSettings(configuration))
        broker.deliver(to: fanout)
        let access = access.map { AccessControl($0) }

        let ports = Ports(report: onRunning)
        let ops = Application(
            router: opsRouter(limits),
            configuration: .init(address: .hostname(configuration.opsHost, port: configuration.opsPort)),
            onServerRunning: { await ports.opsListens(on: $0.localAddress?.port ?? 0) },
            eventLoopGroupProvider: .shared(eventLoopGroup),
            logger: logger
        )
        let responder = publicRouter(defaultRoom, access).buildResponder()
        let requests = RequestsUnderWay()
        let policy = Live(configuration) { GatePolicy($0) }
        try live.follow(policy)
        let channel = GateChannel(
            shared: Gate.Shared(
                lane: HummingbirdLane(responder: responder).answer,
                admission: StreamAdmission(defaultRoom: defaultRoom, maximumHistory: configuration.history.count),
                access: access,
                policy: policy,
                fanout: fanout,
                requests: requests,
                logger: logger
            )
        )
        let front = Application(
            responder: responder,
            server: HTTPServerBuilder { _ in channel },
            // A short queue would turn a burst of reconnects away.
            configuration: .init(address: .hostname(configuration.host, port: configuration.port), backlog: 4096),
            onServerRunning: { await ports.publicListens(on: $0.localAddress?.port ?? 0) },
            eventLoopGroupProvider: .shared(eventLoopGroup),
            logger: logger
        )
        // Stopped from the back: first the node says that it is going, last goes what the others need.
        let before: [any Service] = access.map { [broker, fanout, $0.access.authorizer, $0] } ?? [broker, fanout]
        let group = ServiceGroup(
            services: before + [
                ops,
                Drain(fanout: fanout, requests: requests, duration: TimeAmount(configuration.drain)),
                front, Farewell(limits: limits, logger: logger),
            ],
            logger: logger
        )
        try await group.run()
    }

    private func publicRouter(_ defaultRoom: Room, _ access: AccessControl?) -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware())
        MessageRoutes(broker: broker, defaultRoom: defaultRoom, access: access).add(to: router)
        TicketRoutes(access: access).add(to: router)
        PageRoutes().add(to: router)
        return router
    }

    private func opsRouter(_ limits: StreamLimits) -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        OpsRoutes(readiness: Readiness(broker: broker, limits: limits)).add(to: router)
        return router
    }
}

extension Gateway: CustomStringConvertible {
    /// The node's name; what runs services writes this into logs.
    public var description: String { "Gateway \(live.current.node)" }
}

/// Waits until both listeners are open.
private actor Ports {
    private let report: @Sendable (Int, Int) async -> Void
    private var publicPort: Int?
    private var opsPort: Int?

    init(report: @escaping @Sendable (Int, Int) async -> Void) {
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
