public import Hummingbird
public import HummingbirdCore
public import Logging
public import NIOCore
public import ServiceLifecycle

extension Gateway {
    /// The server of an application that shares its port with the gateway.
    ///
    /// For applications that `Application(router:gateway:)` does not make. The gateway has to be one of the application's services; then it runs and stops with it. What is built around it, such as Hummingbird's `tls`, sees every byte; streams cannot write straight to their sockets then, which makes a delivery dearer.
    ///
    /// - Parameters:
    ///   - responder: Answers every request that is not the gateway's.
    ///   - serverName: What its answers call the server. Default: nothing.
    ///   - maximumBody: Longest body of a request to the application, in bytes; 413 beyond. Default 2 MiB.
    ///   - servesPage: Whether the gateway answers for the paths of its chat page, `/` among them. Default: no.
    /// - Returns: What builds the server; to be used once.
    public func server<Responder: HTTPResponder>(
        beside responder: Responder,
        serverName: String? = nil,
        maximumBody: Int = 2 * 1024 * 1024,
        servesPage: Bool = false
    ) -> HTTPServerBuilder where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
        let lane = ApplicationLane(
            responder,
            serverName: serverName,
            maximumBody: maximumBody,
            servesPage: servesPage
        )
        // Hummingbird's `tls`, or whatever else is built on it, comes first.
        return server(lane, isInFront: false)
    }

    fileprivate func server(_ lane: ApplicationLane, isInFront: Bool) -> HTTPServerBuilder {
        port.promise()
        return HTTPServerBuilder { _ in
            let wired = try wire(lane, isInFront: isInFront)
            try port.build(wired.services)
            return SharedChannel(gates: wired.gates, deadPeerLimit: wired.deadPeerLimit)
        }
    }
}

extension Application {
    /// Makes an application that shares its port with a gateway.
    ///
    /// Requests for the gateway's paths are the gateway's: `/rooms/{room}/events`, `/rooms/{room}/messages`,
    /// `/rooms/{room}/typing`, `/rooms/{room}/presence`, `/events`, `/chat` and `/tickets`, with every method. A route of
    /// the application at one of them is never asked. Every other request goes through the router with its middleware,
    /// in a context of its own type. The gateway runs as the last of the application's services, so that it stops first:
    /// when the server takes no more connections, it ends its streams over ``GatewayConfiguration/drain``.
    ///
    /// The application's requests arrive with their whole body, and its answers leave in HTTP/1.1 or 1.0; there are no
    /// upgrades to other protocols. Routes are called on any thread but those of event loops, as ever.
    ///
    /// - Parameters:
    ///   - router: The application's own routes.
    ///   - gateway: The gateway; its configuration's address and port do not count.
    ///   - configuration: Where to listen, and the server's name.
    ///   - services: What the application runs; it stops after the gateway.
    ///   - maximumBody: Longest body of a request to the application, in bytes; 413 beyond. Default 2 MiB.
    ///   - servesPage: Whether the gateway answers for the paths of its chat page, `/` among them. Default: no.
    ///   - onServerRunning: Called once the server accepts connections.
    ///   - eventLoopGroupProvider: The loops of the server's connections, streams among them.
    ///   - logger: Where to log. Default: one with the server's name.
    public init<Builder: HTTPResponderBuilder>(
        router: Builder,
        gateway: Gateway,
        configuration: ApplicationConfiguration = ApplicationConfiguration(),
        services: [any Service] = [],
        maximumBody: Int = 2 * 1024 * 1024,
        servesPage: Bool = false,
        onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in },
        eventLoopGroupProvider: EventLoopGroupProvider = .singleton,
        logger: Logger? = nil
    ) where Responder == Builder.Responder {
        let responder = router.buildResponder()
        let lane = ApplicationLane(
            responder,
            serverName: configuration.serverName,
            maximumBody: maximumBody,
            servesPage: servesPage
        )
        self.init(
            responder: responder,
            server: gateway.server(lane, isInFront: true),
            configuration: configuration,
            services: services + [gateway],
            onServerRunning: onServerRunning,
            eventLoopGroupProvider: eventLoopGroupProvider,
            logger: logger
        )
    }
}
