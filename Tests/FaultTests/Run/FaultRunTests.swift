import Foundation
import Testing

extension FaultTests {
    /// Every fault once with a few listeners; `Tests/faults` runs the same for as long and with as many as it is told.
    @Suite struct FaultRunTests {
        @Test func `under every fault each message reaches each listener once and in order, or a gap is told`()
            async throws
        {
            let environment = ProcessInfo.processInfo.environment
            var run = FaultRun()
            if let seed = environment["FAULTS_SEED"].flatMap({ UInt64($0) }) { run.seed = seed }
            if let minutes = environment["FAULTS_MINUTES"].flatMap({ Double($0) }) {
                run.duration = .seconds(60) * minutes
            }
            if let listeners = environment["FAULTS_LISTENERS"].flatMap({ Int($0) }) { run.listeners = listeners }
            if let rate = environment["FAULTS_RATE"].flatMap({ Double($0) }) { run.rate = rate }
            let start = ContinuousClock.now
            run.progress = { print("\(Int((ContinuousClock.now - start) / .seconds(1))) s: \($0)") }
            let report = try await run.report()
            print(report.text)
            #expect(report.failure == nil)
            #expect(report.verdict.isClean)
            #expect(report.incomplete == 0)
            // Redis loses nothing here, and its logs are long enough for everyone: nothing has to be told.
            #expect(report.verdict.gaps == 0)
            #expect(report.tally.refusals.isEmpty)
            #expect(report.verdict.delivered > report.acknowledged)
        }
    }
}
