import Foundation
import IntegrationSupport
import Testing

extension FaultTests {
    /// All listeners of a room come to another node at once.
    @Suite struct ReconnectStormTests {
        /// What Redis does, by command, until this many listeners that have missed something and come back elsewhere
        /// have everything.
        private func commands(for listeners: Int, presence: String) async throws -> [String: Int] {
            // Probes would go by the time that a storm takes.
            try await Stage.with(nodes: 2, ["--probe", "30s", "--presence", presence]) { stage in
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
                trial.fleet.callBack(within: 2, through: 1)
                try await eventually("everybody has what was missed", within: .seconds(60)) {
                    trial.fleet.completeCount(last: last) == listeners
                }
                let after = try await Self.commandCounts(stage.redis)
                let verdict = try await trial.judge()
                #expect(verdict.isClean, "\(verdict)")
                #expect(verdict.gaps == 0)
                return after.merging(before) { $0 - $1 }.filter { $0.value > 0 }
            }
        }

        private static func commandCounts(_ redis: RedisServer) async throws -> [String: Int] {
            let info = try await redis.command("INFO", "commandstats")
            let counts = info.matches(of: #/(?m)^cmdstat_(\S+?):calls=(\d+)/#)
            return Dictionary(uniqueKeysWithValues: counts.map { (String($0.output.1), Int($0.output.2) ?? 0) })
        }

        @Test(arguments: ["off", "on"])
        func `what a reconnect storm costs Redis does not grow with the listeners`(presence: String) async throws {
            let storm = ProcessInfo.processInfo.environment["FAULTS_STORM"].flatMap { Int($0) } ?? 2000
            let few = try await commands(for: 200, presence: presence)
            let many = try await commands(for: storm, presence: presence)
            print("Redis while listeners came to another node, presence \(presence): 200: \(few), \(storm): \(many)")
            let (less, more) = (few.values.reduce(0, +), many.values.reduce(0, +))
            #expect(less > 0)
            #expect(more < less + (storm - 200) / 2)
            // The account of who is there goes by the time that a storm takes, and nothing else does.
            if presence == "off" { #expect(more <= less + 20) }
        }
    }
}
