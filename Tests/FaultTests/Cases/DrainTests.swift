import Foundation
import IntegrationSupport
import Testing

extension FaultTests {
    /// A node that is told to stop while it is at work.
    @Suite struct DrainTests {
        @Test func `a drained node is red at once, ends its streams evenly, each told, and loses nothing`() async throws
        {
            try await Stage.with(nodes: 2, ["--drain", "6s"]) { stage in
                let doors = stage.nodeDoors
                let plan = Fleet.Plan(listeners: 600, rooms: { [$0 % 6] }, doors: { _ in doors })
                let trial = try await Trial(stage, plan, rooms: 6, interval: .milliseconds(100))
                defer { trial.fleet.stop() }
                // Half of them are on each node.
                let node = stage.nodes[0]
                try await trial.publishing {
                    node.child.signal(SIGTERM)
                    try await eventually("the node is red") { try await node.readiness() == 503 }
                    #expect(node.child.ending == nil)
                    #expect(try await node.child.end(within: .seconds(15)) == .exit(0))
                    try await trial.fleet.opens(within: .seconds(20))
                }
                let tally = trial.fleet.tally
                let ends = tally.byes["draining", default: 0]
                #expect(ends >= 300)
                #expect(Double(Tally.peak(tally.byesByTenth)) <= Self.mostPerSecond(of: ends, over: 6))
                try await node.start()
                let verdict = try await trial.judge()
                #expect(verdict.isClean, "\(verdict)")
                #expect(verdict.gaps == 0)
            }
        }

        @Test func `nodes behind nginx are restarted one after the other, and nobody misses anything`() async throws {
            let many = ProcessInfo.processInfo.environment["FAULTS_RESTART"].flatMap { Int($0) }
            let drain = many == nil ? 4 : 8
            try await Stage.with(nodes: 3, ["--drain", "\(drain)s"], hasNginx: true) { stage in
                let front = try #require(stage.nginxDoor)
                let plan = Fleet.Plan(
                    listeners: many ?? 300,
                    rooms: { [$0 % 6] },
                    doors: { _ in [front] },
                    openingSeconds: Double(many ?? 300) / 1000
                )
                let trial = try await Trial(stage, plan, rooms: 6, interval: .milliseconds(100))
                defer { trial.fleet.stop() }
                try await trial.publishing {
                    for node in stage.nodes {
                        let readies = trial.fleet.tally.readiesByTenth
                        #expect(try await node.drain() == .exit(0))
                        try await trial.fleet.opens(within: .seconds(20))
                        let new = trial.fleet.tally.readiesByTenth.filter { readies[$0.key] == nil }
                        let peak = Tally.peak(new)
                        print("\(node.name) restarted: streams begun \(Tally.bySecond(new)), in a second \(peak)")
                        let count = new.values.reduce(0, +)
                        #expect(Double(peak) <= Self.mostPerSecond(of: count, over: drain), "\(new)")
                        try await node.start()
                        try await stage.becomesReady()
                    }
                }
                let verdict = try await trial.judge()
                print("\(trial.fleet.count) listeners, \(trial.board.total) messages: \(verdict)")
                #expect(verdict.isClean, "\(verdict)")
                #expect(verdict.gaps == 0)
                #expect(trial.fleet.tally.refusals.isEmpty)
            }
        }

        /// How many streams may end, or begin again, in one second, where a node ends them evenly over so many.
        ///
        /// Ended all at once they would begin, each 1 to 3 seconds later, at half of their number a second; evenly, at this
        /// or more in fewer than one of 100,000 drains of 100 streams over 4 seconds.
        private static func mostPerSecond(of count: Int, over seconds: Int) -> Double {
            1.8 * Double(count) / Double(seconds)
        }

        @Test func `a second SIGTERM ends a node at once`() async throws {
            try await Stage.with(nodes: 1, ["--drain", "60s"]) { stage in
                let doors = stage.nodeDoors
                let plan = Fleet.Plan(listeners: 50, rooms: { _ in [0] }, doors: { _ in doors })
                let trial = try await Trial(stage, plan, rooms: 1, interval: .milliseconds(100))
                defer { trial.fleet.stop() }
                let node = stage.nodes[0]
                node.child.signal(SIGTERM)
                try await eventually("the node is red") { try await node.readiness() == 503 }
                #expect(node.child.ending == nil)
                node.child.signal(SIGTERM)
                // The drain would take a minute.
                _ = try await node.child.end(within: .seconds(20))
            }
        }
    }
}
