import Foundation
import IntegrationSupport
import Testing

extension FaultTests {
    /// Listeners that have been away for long.
    @Suite struct CatchUpTests {
        @Test func `whoever missed many messages gets them all, at little cost of memory`() async throws {
            let missed = ProcessInfo.processInfo.environment["FAULTS_MISSED"].flatMap { Int($0) } ?? 4000
            try await Stage.with(nodes: 2, ["--history", "\(missed + 1000)", "--history-bytes", "67108864"]) { stage in
                let doors = stage.nodeDoors
                let rooms = 10
                let plan = Fleet.Plan(
                    // The fleet's one thread reads some ten thousand messages a second.
                    listeners: missed > 10_000 ? 10 : 100,
                    rooms: { $0 % 2 == 0 ? Array(0..<rooms) : [$0 % rooms] },
                    doors: { _ in doors }
                )
                let trial = try await Trial(stage, plan, rooms: rooms, interval: .seconds(1), padding: 100)
                defer { trial.fleet.stop() }
                await trial.publish(1)
                trial.fleet.sendAway()
                await trial.publish(missed / rooms)
                let before = stage.nodes.map(\.residentBytes)
                trial.fleet.callBack(within: 1)
                // New messages come while the old ones are caught up with.
                try await trial.fleet.opens()
                await trial.publish(20)
                let verdict = try await trial.judge()
                let growth = zip(stage.nodes, before).map { $0.residentBytes - $1 }
                print("\(missed) missed messages: the nodes grew by \(growth.map { $0 / 1_000_000 }) MB")
                #expect(verdict.isClean, "\(verdict)")
                #expect(verdict.gaps == 0, "\(trial.fleet.tally)")
                #expect(trial.incompleteCount == 0)
                #expect(growth.allSatisfy { $0 < 100_000_000 })
            }
        }
    }
}
