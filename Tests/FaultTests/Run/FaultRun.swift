import ChatGatewayTesting
import Foundation
import IntegrationSupport

/// A run: nodes, listeners and publishers at work, and one fault after the other, drawn from a seed.
struct FaultRun: Sendable {
    /// What the faults, their order and their times are drawn from.
    var seed: UInt64 = 1
    /// At least how long faults are done; rounds, in which each fault is done once, are always finished.
    var duration = Duration.zero
    var listeners = 300
    var rooms = 20
    /// Messages per second, of all rooms.
    var rate = 50.0
    /// Says how far the run is.
    var progress: @Sendable (String) -> Void = { _ in }

    /// Runs, judges, and returns the table.
    func report() async throws -> FaultReport {
        var options = RedisServer.Options()
        options.appendOnly = true
        return try await Stage.with(nodes: 3, ["--drain", "4s"], redis: options, hasNginx: true) { stage in
            let trial = try await Trial(stage, plan(stage), rooms: rooms, interval: .seconds(1) * Double(rooms) / rate)
            defer { trial.fleet.stop() }
            var report = FaultReport(seed: seed, listeners: listeners)
            let start = ContinuousClock.now
            do {
                try await trial.publishing { try await rounds(trial, &report) }
                report.duration = ContinuousClock.now - start
                try await judge(trial, &report)
            } catch {
                // What was seen until then is worth its table.
                report.failure = "\(error)"
                report.tally = trial.fleet.tally
            }
            return report
        }
    }

    private func plan(_ stage: Stage) -> Fleet.Plan {
        let doors = stage.nodeDoors
        let front = [stage.nginxDoor].compactMap(\.self)
        let rooms = rooms
        return Fleet.Plan(
            listeners: listeners,
            // Every third listener is in several rooms.
            rooms: { index in
                index % 3 == 0 ? [index, index + 1 + index % 5, index + 7].map { $0 % rooms } : [index % rooms]
            },
            // One half comes through nginx, the other goes to any node.
            doors: { index in index % 2 == 0 ? front : doors },
            openingSeconds: Double(listeners) / 1000
        )
    }

    private func rounds(_ trial: Trial, _ report: inout FaultReport) async throws {
        var random = SeededGenerator(seed: seed)
        let end = ContinuousClock.now + duration
        repeat {
            for fault in Fault.all.shuffled(using: &random) {
                let before = (trial.fleet.tally.verdict, trial.board.total)
                try await fault.inject(trial.stage, trial.fleet, &random)
                // Sometimes the next one comes while things are not well again.
                try await Task.sleep(for: .milliseconds(Int.random(in: 300...4000, using: &random)))
                let total = trial.board.total
                report.add(fault.name, trial.fleet.tally.verdict - before.0, acknowledged: total - before.1)
                let verdict = trial.fleet.tally.verdict
                progress(
                    "\(fault.name): \(trial.fleet.openCount) streams open, \(total) messages acknowledged, lost"
                        + " \(verdict.lost), repeated \(verdict.repeated), reordered \(verdict.reordered),"
                        + " gaps \(verdict.gaps)"
                )
            }
        } while ContinuousClock.now < end
    }

    private func judge(_ trial: Trial, _ report: inout FaultReport) async throws {
        let before = (trial.fleet.tally.verdict, trial.board.total)
        let verdict = try await trial.judge()
        report.add("at the end", verdict - before.0, acknowledged: trial.board.total - before.1)
        report.tally = trial.fleet.tally
        report.tally.verdict = verdict
        report.refusals = trial.board.refusals
        report.incomplete = trial.incompleteCount
    }
}
