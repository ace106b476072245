import ChatGateway
import Logging
import NIOCore
import ServiceLifecycle

/// A node with its broker: connects, serves, and stops in order.
struct NodeService: Service, CustomStringConvertible {
    let configuration: ServeConfiguration
    let loops: any EventLoopGroup
    let logger: Logger

    var description: String { "node" }

    func run() async throws {
        let gateway = configuration.gateway
        try ListenerCheck(host: gateway.host, port: gateway.port).run()
        try ListenerCheck(host: gateway.opsHost, port: gateway.opsPort).run()
        guard configuration.redis == nil else {
            throw Mistake(source: "redis", reason: "the broker on Redis is not part of the program yet")
        }
        try await serve(through: LocalBroker(history: gateway.history))
    }

    private func serve(through broker: any Broker) async throws {
        let configuration = configuration.gateway
        let gateway = Gateway(
            configuration: configuration,
            broker: broker,
            eventLoopGroup: loops,
            logger: logger,
            onRunning: { [logger] publicPort, opsPort in
                let address = LocalAddress.reaching(configuration.host).url(port: publicPort)
                let opsAddress = LocalAddress.reaching(configuration.opsHost).url(port: opsPort)
                logger.notice("listening", metadata: ["public": "\(address)", "ops": "\(opsAddress)"])
                Console.output.say("chat-gateway listening on \(address)")
            },
        )
        try await gateway.run()
    }
}
