import IntegrationSupport

/// Real nodes before a real Redis, behind a real nginx: what faults are done to.
struct Stage: Sendable {
    let redis: RedisServer
    let nodes: [StageNode]
    let nginx: NginxServer?

    /// Runs a test with a stage of its own, which is gone afterwards.
    static func with<Result>(
        nodes count: Int,
        _ arguments: [String] = [],
        redis options: RedisServer.Options = .init(),
        hasNginx: Bool = false,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Stage) async throws -> Result
    ) async throws -> Result {
        try await RedisServer.with(options) { redis in
            var nodes: [StageNode] = []
            var nginx: NginxServer?
            do {
                for index in 0..<count { nodes.append(try await StageNode("node-\(index)", redis: redis, arguments)) }
                if hasNginx { nginx = try await NginxServer(ports: nodes.map(\.port)) }
                let stage = Stage(redis: redis, nodes: nodes, nginx: nginx)
                try await stage.becomesReady()
                let result = try await body(stage)
                await end(nodes, nginx)
                return result
            } catch {
                await end(nodes, nginx)
                throw error
            }
        }
    }

    private static func end(_ nodes: [StageNode], _ nginx: NginxServer?) async {
        await nginx?.stop()
        for node in nodes { await node.end() }
    }

    /// Waits until all nodes say that they are ready.
    func becomesReady(within limit: Duration = .seconds(20)) async throws {
        for node in nodes {
            try await eventually("\(node.name) is ready", within: limit) { try await node.readiness() == 200 }
        }
    }

    /// The doors of the nodes.
    var nodeDoors: [Door] { nodes.map { Door(port: $0.port) } }

    /// The door of nginx.
    var nginxDoor: Door? {
        nginx.flatMap { $0.url.split(separator: ":").last }.flatMap { Int($0) }.map { Door(port: $0, isNginx: true) }
    }
}
