import Foundation
import IntegrationSupport
import Testing

extension FaultTests {
    /// Redis loses what it had: everybody is told, and life goes on.
    @Suite struct DataLossTests {
        private static let listeners = 200

        /// Lets something happen to Redis while listeners on two nodes hear six rooms, and judges.
        private func trial(
            redis options: RedisServer.Options = .init(),
            _ body: @Sendable (Trial) async throws -> RedisServer
        ) async throws -> Tally {
            try await Stage.with(nodes: 2, redis: options) { stage in
                let doors = stage.nodeDoors
                let plan = Fleet.Plan(
                    listeners: Self.listeners,
                    rooms: { $0 % 3 == 0 ? [$0 % 6, ($0 + 1) % 6] : [$0 % 6] },
                    doors: { [doors[$0 % 2]] }
                )
                let trial = try await Trial(stage, plan, rooms: 6, interval: .milliseconds(120))
                defer { trial.fleet.stop() }
                let redis = try await body(trial)
                var tally = trial.fleet.tally
                tally.verdict = try await trial.judge()
                await redis.kill()
                #expect(tally.verdict.isClean, "\(tally.verdict)")
                #expect(tally.ends == 0)
                return tally
            }
        }

        private func everybodyIsTold(_ tally: Tally) {
            #expect(tally.gaps.keys.sorted() == ["data-lost"])
            // Those in two rooms are told of both.
            #expect(tally.gaps["data-lost", default: 0] >= Self.listeners * 4 / 3)
        }

        @Test func `after FLUSHALL everybody is told that data is lost, and goes on hearing`() async throws {
            let tally = try await trial { trial in
                try await trial.publishing {
                    try await trial.goesOn(for: 100)
                    try await trial.stage.redis.command("FLUSHALL")
                    try await trial.goesOn(for: 100)
                }
                return trial.stage.redis
            }
            everybodyIsTold(tally)
        }

        @Test func `after a restart without persistence everybody is told, and goes on hearing`() async throws {
            let tally = try await trial { trial in
                try await trial.publishing {
                    try await trial.goesOn(for: 100)
                    await trial.stage.redis.kill()
                    try await trial.stage.redis.start()
                    try await trial.goesOn(for: 100)
                }
                return trial.stage.redis
            }
            everybodyIsTold(tally)
        }

        @Test func `a restart with persistence loses nothing and tells nobody`() async throws {
            var options = RedisServer.Options()
            options.appendOnly = true
            let tally = try await trial(redis: options) { trial in
                try await trial.publishing {
                    try await trial.goesOn(for: 100)
                    await trial.stage.redis.kill()
                    try await trial.stage.redis.start()
                    try await trial.goesOn(for: 100)
                }
                return trial.stage.redis
            }
            #expect(tally.gaps.isEmpty)
        }

        @Test func `after a failover to a replica that lags everybody is told, and nothing comes out of order`()
            async throws
        {
            let tally = try await trial { trial in
                try await failover(trial) { way, _ in
                    // From here on the replica hears nothing, and nobody is told.
                    way.swallow()
                    try await trial.goesOn(for: 100)
                }
            }
            everybodyIsTold(tally)
        }

        @Test func `after a failover to a replica that has everything nobody is told, and nothing is lost`()
            async throws
        {
            let tally = try await trial { trial in
                try await failover(trial) { _, replica in
                    // Nothing more is stored, so that what was answered can reach the replica.
                    let master = trial.stage.redis
                    try await master.command("CLIENT", "PAUSE", "20000", "WRITE")
                    let end = try await Self.offset("master", of: master)
                    try await eventually("the replica has everything") {
                        try await Self.offset("slave", of: replica) >= end
                    }
                    master.freeze()
                }
            }
            #expect(tally.gaps.isEmpty)
        }

        private static func offset(_ role: String, of redis: RedisServer) async throws -> Int {
            let info = try await redis.command("INFO", "replication")
            let offset = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("\(role)_repl_offset:") }
            return try #require(offset.flatMap { Int($0.split(separator: ":")[1]) })
        }

        /// Promotes a replica behind the nodes' backs, at the address that they know.
        private func failover(
            _ trial: Trial,
            before: @Sendable (_ way: TCPProxy, _ replica: RedisServer) async throws -> Void
        ) async throws -> RedisServer {
            let master = trial.stage.redis
            let way = try await TCPProxy(to: master.port)
            var options = RedisServer.Options()
            options.replicaOf = way.port
            let replica = try await RedisServer(options)
            try await eventually("the replica has caught up", within: .seconds(20)) {
                try await replica.command("INFO", "replication").contains("master_link_status:up")
            }
            try await trial.publishing {
                try await trial.goesOn(for: 100)
                try await before(way, replica)
                for node in trial.stage.nodes { node.proxy.redirect(to: replica.port) }
                await master.kill()
                try await replica.command("REPLICAOF", "NO", "ONE")
                for node in trial.stage.nodes { await node.proxy.cut() }
                try await trial.goesOn(for: 100)
            }
            await way.close()
            return replica
        }
    }
}
