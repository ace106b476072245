import Foundation
import IntegrationSupport
import Testing

extension FaultTests {
    /// All listeners of a room come to another node at once.
    @Suite struct ReconnectStormTests {
        /// What Redis does, by command, until this many listeners that have missed something and come back elsewhere
        /// have everything, and how many seconds that takes.
        private func commands(for listeners: Int) async throws -> (counts: [String: Int], seconds: Double) {
            // Probes would go by the time that a storm takes.
            try await Stage.with(nodes: 2, ["--probe", "30s"]) { stage in
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
                let last = trial.board.acknowledged
                let before = try await Self.commandCounts(stage.redis)
                let start = ContinuousClock.now
                trial.fleet.callBack(within: 2, through: 1)
                try await eventually("everybody has what was missed", within: .seconds(60)) {
                    trial.fleet.completeCount(last: last) == listeners
                }
                let after = try await Self.commandCounts(stage.redis)
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                let verdict = try await trial.judge()
                #expect(verdict.isClean, "\(verdict)")
                #expect(verdict.gaps == 0)
                return (after.merging(before) { $0 - $1 }.filter { $0.value > 0 }, seconds)
            }
        }

        private static func commandCounts(_ redis: RedisServer) async throws -> [String: Int] {
            let info = try await redis.command("INFO", "commandstats")
            let counts = info.matches(of: #/(?m)^cmdstat_(\S+?):calls=(\d+)/#)
            return Dictionary(uniqueKeysWithValues: counts.map { (String($0.output.1), Int($0.output.2) ?? 0) })
        }

        @Test func `what a reconnect storm costs Redis does not grow with the listeners`() async throws {
            let storm = ProcessInfo.processInfo.environment["FAULTS_STORM"].flatMap { Int($0) } ?? 2000
            let few = try await commands(for: 200)
            let many = try await commands(for: storm)
            print("Commands of Redis while listeners came to another node: 200: \(few), \(storm): \(many)")
            // The account of who is there goes by the time: a call or two of each node a second, of at most 30 commands.
            let time = Int(120 * max(0, many.seconds - few.seconds))
            let (less, more) = (few.counts.values.reduce(0, +), many.counts.values.reduce(0, +))
            #expect(less > 0)
            #expect(more <= less + 60 + time)
            #expect(more < less + (storm - 200) / 2)
        }
    }
}
