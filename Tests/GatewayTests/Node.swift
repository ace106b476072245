import ChatGateway
import IntegrationSupport
import Logging
import MetricsTestKit
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

/// A node in the test's process: the real server on real sockets.
struct Node: Sendable {
    let port: Int
    let opsPort: Int
    let broker: ObservedBroker
    let metrics: TestMetrics
    let configuration: LiveConfiguration
    /// What a program that embeds the node has of it.
    let gateway: Gateway
    private let group: ServiceGroup

    /// Runs a test with a node, and stops the node.
    static func with(
        _ change: (inout GatewayConfiguration) -> Void = { _ in },
        access: Access? = nil,
        filter: MessageFilter? = nil,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Node) async throws -> Void
    ) async throws {
        var configuration = GatewayConfiguration()
        configuration.port = 0
        configuration.opsPort = 0
        configuration.node = "test"
        configuration.drain = .milliseconds(50)
        configuration.linger = .milliseconds(100)
        // What it tells comes at moments of its own, between what tests wait for.
        configuration.presence = .off
        change(&configuration)

        let logger = Logger(label: "node") { _ in SwiftLogNoOpLogHandler() }
        let broker = ObservedBroker(history: configuration.history)
        let (ports, report) = AsyncStream.makeStream(of: (Int, Int).self)
        let metrics = TestMetrics()
        let live = LiveConfiguration(configuration)
        let gateway = Gateway(
            configuration: live,
            broker: broker,
            access: access,
            filter: filter,
            metrics: metrics,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        ) { report.yield(($0, $1)) }
        var services = ServiceGroupConfiguration(services: [gateway], logger: logger)
        services.maximumGracefulShutdownDuration = .seconds(20)
        services.maximumCancellationDuration = .seconds(10)
        let group = ServiceGroup(configuration: services)
        let run = Task {
            defer { report.finish() }
            try await group.run()
        }
        guard let (port, opsPort) = await ports.first(where: { _ in true }) else { return try await run.value }
        let node = Node(
            port: port,
            opsPort: opsPort,
            broker: broker,
            metrics: metrics,
            configuration: live,
            gateway: gateway,
            group: group
        )
        do {
            try await body(node)
        } catch {
            await group.triggerGracefulShutdown()
            try? await run.value
            throw error
        }
        await group.triggerGracefulShutdown()
        try await run.value
    }

    func connect() async throws -> RawConnection { try await RawConnection(port: port) }

    /// Begins to stop the node.
    func stop() async { await group.triggerGracefulShutdown() }

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

    /// Sends a request to the ops listener.
    func ops(_ bytes: String) async throws -> RawAnswer {
        let connection = try await RawConnection(port: opsPort)
        try await connection.send(bytes)
        let answer = try await connection.answer()
        await connection.close()
        return answer
    }

    /// How often a limit was reached.
    func reached(_ limit: String) throws -> Int64 {
        try metrics.expectCounter("chat_gateway_limit_reached", [("limit", limit)]).totalValue
    }

    /// Posts a message; the message as the node answers it.
    @discardableResult
    func post(_ json: String, to room: String = "lobby") async throws -> String {
        let answer = try await answer(RawConnection.post("/rooms/\(room)/messages", json))
        try #require(answer.status == 201, "\(answer)")
        return answer.body
    }

    /// Opens a stream and takes its head and `ready`.
    func stream(_ target: String = "/chat", _ fields: [String] = []) async throws -> (RawConnection, ready: RawEvent) {
        let connection = try await connect()
        try await connection.request("GET", target, fields)
        return (connection, try await connection.ready())
    }
}

extension RawConnection {
    /// Takes a stream's head and `ready`.
    func ready() async throws -> RawEvent {
        let head = try await head()
        try #require(head.status == 200 && head["content-type"] == "text/event-stream", "\(head)")
        let ready = try await event()
        try #require(ready.event == "ready", "\(ready)")
        return ready
    }

    /// The next event that is no sign of life.
    func message() async throws -> RawEvent {
        while true {
            let event = try await event()
            if !event.isComment { return event }
        }
    }
}
