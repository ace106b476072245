import ChatGateway
import HTTPTypes
import Hummingbird
import HummingbirdTLS
import IntegrationSupport
import Logging
import NIOSSL
import ServiceLifecycle

/// An application that shares its port with a gateway, in the test's process.
struct EmbeddedNode: Sendable {
    let port: Int
    let gateway: Gateway
    private let group: ServiceGroup

    /// Runs a test with an application, and stops it.
    static func with(
        access: Access? = nil,
        filter: MessageFilter? = nil,
        services: [any Service] = [],
        maximumBody: Int = 100_000,
        servesPage: Bool = false,
        tls: TLSConfiguration? = nil,
        isolation: isolated (any Actor)? = #isolation,
        routes: (Router<VisitorContext>, Gateway) -> Void = { _, _ in },
        _ body: (EmbeddedNode) async throws -> Void
    ) async throws {
        var configuration = GatewayConfiguration()
        configuration.node = "test"
        configuration.drain = .milliseconds(50)
        configuration.corsOrigins = ["https://chat.example"]
        configuration.maxBody = 1_000
        // Contexts keep their request's id in it, which one that does nothing would forget.
        var logger = Logger(label: "node") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .critical
        let gateway = Gateway(configuration: configuration, access: access, filter: filter, logger: logger)
        let router = Router(context: VisitorContext.self)
        router.add(middleware: VisitorMiddleware())
        routes(router, gateway)
        let (ports, report) = AsyncStream.makeStream(of: Int.self)
        let application: any Service
        if let tls {
            let responder = router.buildResponder()
            application = Application(
                responder: responder,
                server: try .tls(
                    gateway.server(beside: responder, maximumBody: maximumBody, servesPage: servesPage),
                    tlsConfiguration: tls
                ),
                configuration: .init(address: .hostname(port: 0), serverName: "shop"),
                services: services + [gateway],
                onServerRunning: { report.yield($0.localAddress?.port ?? 0) },
                logger: logger
            )
        } else {
            application = Application(
                router: router,
                gateway: gateway,
                configuration: .init(address: .hostname(port: 0), serverName: "shop"),
                services: services,
                maximumBody: maximumBody,
                servesPage: servesPage,
                onServerRunning: { report.yield($0.localAddress?.port ?? 0) },
                logger: logger
            )
        }
        let group = ServiceGroup(services: [application], logger: logger)
        let run = Task {
            defer { report.finish() }
            try await group.run()
        }
        guard let port = await ports.first(where: { _ in true }) else { return try await run.value }
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(EmbeddedNode(port: port, gateway: gateway, group: group)))
        } catch {
            outcome = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await run.value
        try outcome.get()
    }

    func stop() async { await group.triggerGracefulShutdown() }

    func connect() async throws -> RawConnection { try await RawConnection(port: port) }

    /// Sends one request on a connection of its own.
    func answer(_ bytes: String, toHead: Bool = false) async throws -> RawAnswer {
        let connection = try await connect()
        try await connection.send(bytes)
        let answer = try await connection.answer(toHead: toHead)
        await connection.close()
        return answer
    }

    func answer(_ method: String, _ target: String, _ fields: [String] = []) async throws -> RawAnswer {
        try await answer(RawConnection.request(method, target, fields), toHead: method == "HEAD")
    }
}

/// A request context of an application's own.
struct VisitorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    var visitor = "nobody"

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
    }
}

/// Knows visitors by a field of their requests.
struct VisitorMiddleware: RouterMiddleware {
    func handle(
        _ request: Request,
        context: VisitorContext,
        next: (Request, VisitorContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let name = HTTPField.Name("Visitor"), let visitor = request.headers[name] { context.visitor = visitor }
        var response = try await next(request, context)
        if let name = HTTPField.Name("Seen") { response.headers[name] = context.visitor }
        return response
    }
}
