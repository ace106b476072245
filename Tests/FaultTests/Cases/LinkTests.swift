import Foundation
import IntegrationSupport
import Testing

extension FaultTests {
    /// Links to Redis that are cut, stalled or choked, while listeners stay where they are.
    @Suite struct LinkTests {
        /// Lets something happen to Redis or the way to it, while 200 listeners on two nodes hear six rooms.
        private func nothingIsLost(
            padding: Int = 60,
            _ body: @Sendable (Stage) async throws -> Void
        ) async throws {
            try await Stage.with(nodes: 2) { stage in
                let doors = stage.nodeDoors
                let plan = Fleet.Plan(
                    listeners: 200,
                    rooms: { $0 % 3 == 0 ? [$0 % 6, ($0 + 1) % 6] : [$0 % 6] },
                    doors: { [doors[$0 % 2]] }
                )
                let trial = try await Trial(stage, plan, rooms: 6, interval: .milliseconds(120), padding: padding)
                defer { trial.fleet.stop() }
                try await trial.publishing { try await body(stage) }
                let verdict = try await trial.judge()
                #expect(verdict.isClean, "\(verdict)")
                #expect(verdict.gaps == 0)
                #expect(verdict.delivered > trial.board.total)
                // What happens between nodes and Redis is no reason to send anybody away.
                #expect(trial.fleet.tally.ends == 0)
            }
        }

        @Test func `subscription links are killed 25 times in 5 seconds`() async throws {
            try await nothingIsLost { stage in
                for _ in 0..<25 {
                    try await stage.redis.command("CLIENT", "KILL", "TYPE", "pubsub")
                    try await Task.sleep(for: .milliseconds(180))
                }
            }
        }

        @Test func `Redis stands still for 3 seconds`() async throws {
            try await nothingIsLost { stage in
                stage.redis.freeze()
                try await Task.sleep(for: .seconds(3))
                stage.redis.thaw()
                try await stage.becomesReady()
            }
        }

        @Test func `Redis cuts links whose output buffer is too full`() async throws {
            // Each message is more than a link may have waiting.
            try await nothingIsLost(padding: 40_000) { stage in
                try await stage.redis.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 1kb 0 0")
                var links: Set<Substring> = []
                try await eventually("Redis has cut both nodes' links several times", within: .seconds(20)) {
                    let list = try await stage.redis.command("CLIENT", "LIST", "TYPE", "pubsub")
                    links.formUnion(list.matches(of: #/(?m)^id=(\d+)/#).map(\.output.1))
                    return links.count >= 8
                }
                try await stage.redis.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 32mb 8mb 60")
                try await stage.becomesReady()
            }
        }

        @Test func `a link whose bytes go nowhere is replaced`() async throws {
            try await nothingIsLost { stage in
                let node = stage.nodes[0]
                node.proxy.swallow()
                try await eventually("the node is red", within: .seconds(5)) { try await node.readiness() == 503 }
                node.proxy.restore()
                try await stage.becomesReady()
            }
        }
    }
}
