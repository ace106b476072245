/// Three nodes on one Redis, behind nginx.
package struct Cluster: Sendable {
    package let nginx: NginxServer
    /// The nodes by name: a, b and c.
    package let nodes: [String: GatewayProcess]

    /// Runs a test with a cluster of its own.
    package static func with<Result>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Cluster) async throws -> Result
    ) async throws -> Result {
        try await RedisServer.with { redis in
            var nodes: [String: GatewayProcess] = [:]
            for name in ["a", "b", "c"] {
                nodes[name] = try await GatewayProcess(["--node", name], redis: redis)
            }
            return try await NginxServer.with(nodes: Array(nodes.values)) { nginx in
                try await body(Cluster(nginx: nginx, nodes: nodes))
            }
        }
    }

    /// Opens streams through nginx until each node has one.
    package func listenersOnAllNodes(_ path: String) async throws -> [Listener] {
        var listeners: [String: Listener] = [:]
        for _ in 0..<30 where listeners.count < nodes.count {
            let listener = try await Listener(nginx.url + path)
            listeners[listener.node] = listener
        }
        guard listeners.count == nodes.count else {
            throw Unexpected("30 streams through nginx reached only \(listeners.keys.sorted())")
        }
        return Array(listeners.values)
    }
}
