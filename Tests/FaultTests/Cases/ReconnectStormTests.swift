import Foundation
import IntegrationSupport
import Testing

extension FaultTests {
    /// All listeners of a room come to another node at once.
    @Suite struct ReconnectStormTests {
        /// How many commands Redis does for this many listeners that have missed something and come back elsewhere.
        private func commands(for listeners: Int) async throws -> Int {
            try await Stage.with(nodes: 2) { stage in
                let doors = stage.nodeDoors
                let plan = Fleet.Plan(
                    listeners: listeners,
                    rooms: { _ in [0] },
                    doors: { _ in doors },
                    firstDoor: { _ in 0 },
                    openingSeconds: Double(listeners) / 1000
                )
                let trial = try await Trial(stage, plan, rooms: 1, interval: .milliseconds(50))
                defer { trial.fleet.stop() }
                await trial.publish(30)
                trial.fleet.sendAway()
                await trial.publish(200)
                let before = try await Self.commandCount(stage.redis)
                // The probes of both nodes go on meanwhile: the same time for all numbers of listeners.
                let start = ContinuousClock.now
                trial.fleet.callBack(within: 2, through: 1)
                try await trial.fleet.opens()
                try await Task.sleep(until: start + .seconds(8))
                let after = try await Self.commandCount(stage.redis)
                let verdict = try await trial.judge()
                #expect(verdict.isClean, "\(verdict)")
                #expect(verdict.gaps == 0)
                return after - before
            }
        }

        private static func commandCount(_ redis: RedisServer) async throws -> Int {
            try await redis.command("INFO", "commandstats").matches(of: /calls=(\d+)/)
                .reduce(0) { $0 + (Int($1.output.1) ?? 0) }
        }

        @Test func `what a reconnect storm costs Redis does not grow with the listeners`() async throws {
            let storm = ProcessInfo.processInfo.environment["FAULTS_STORM"].flatMap { Int($0) } ?? 2000
            let few = try await commands(for: 200)
            let many = try await commands(for: storm)
            print("Commands of Redis while listeners came to another node: 200: \(few), \(storm): \(many)")
            #expect(many < few + 100)
        }
    }
}
