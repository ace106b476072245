import ChatGatewayTesting
import Foundation
import IntegrationSupport

/// One way in which things go wrong, and right again.
struct Fault: Sendable {
    /// The row of the table.
    let name: String
    /// Does it, and returns when what was broken works again or is on its way to.
    let inject: @Sendable (_ stage: Stage, _ fleet: Fleet, _ random: inout SeededGenerator) async throws -> Void

    /// All of them; each is part of every round of a run.
    static let all = [
        nodeKilled, nodeStopped, nodeDrained, subscriptionLinksCut, commandLinksCut, redisStopped, redisKilled,
        trafficSwallowed, nginxReloaded, nginxKilled, readersPaused,
    ]

    static let nodeKilled = Fault(name: "node killed") { stage, _, random in
        let node = stage.randomNode(&random)
        await node.kill()
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...1500, using: &random)))
        try await node.start()
    }

    static let nodeStopped = Fault(name: "node stopped for 5 s") { stage, _, random in
        let node = stage.randomNode(&random)
        node.freeze()
        defer { node.thaw() }
        try await Task.sleep(for: .seconds(5))
    }

    static let nodeDrained = Fault(name: "node drained") { stage, _, random in
        let node = stage.randomNode(&random)
        let ending = try await node.drain()
        guard ending == .exit(0) else { throw Unexpected(node.child) }
        try await node.start()
    }

    static let subscriptionLinksCut = Fault(name: "subscription links cut") { stage, _, random in
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            try await stage.redis.command("CLIENT", "KILL", "TYPE", "pubsub")
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...700, using: &random)))
        }
    }

    static let commandLinksCut = Fault(name: "command links cut") { stage, _, random in
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            try await stage.redis.command("CLIENT", "KILL", "TYPE", "normal")
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...700, using: &random)))
        }
    }

    static let redisStopped = Fault(name: "Redis stopped for 3 s") { stage, _, _ in
        stage.redis.freeze()
        defer { stage.redis.thaw() }
        try await Task.sleep(for: .seconds(3))
    }

    static let redisKilled = Fault(name: "Redis killed") { stage, _, random in
        await stage.redis.kill()
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...1500, using: &random)))
        try await stage.redis.start()
    }

    static let trafficSwallowed = Fault(name: "traffic swallowed for 5 s") { stage, _, random in
        let proxy = stage.randomNode(&random).proxy
        proxy.swallow()
        defer { proxy.restore() }
        try await Task.sleep(for: .seconds(5))
    }

    static let nginxReloaded = Fault(name: "nginx reloaded") { stage, _, _ in
        stage.nginx?.reload()
    }

    static let nginxKilled = Fault(name: "nginx killed") { stage, _, random in
        await stage.nginx?.kill()
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...1500, using: &random)))
        try await stage.nginx?.start()
    }

    static let readersPaused = Fault(name: "readers paused") { _, fleet, random in
        fleet.pause(oneOf: 5, from: Int.random(in: 0..<5, using: &random))
        defer { fleet.resume() }
        try await Task.sleep(for: .milliseconds(Int.random(in: 2000...6000, using: &random)))
    }
}

extension Stage {
    func randomNode(_ random: inout SeededGenerator) -> StageNode {
        nodes[Int.random(in: nodes.indices, using: &random)]
    }
}
