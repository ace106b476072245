import Foundation
import IntegrationSupport
import Testing

extension FaultTests {
    /// Listeners that stop reading, and hold next to nothing of the node.
    @Suite struct SlowReaderTests {
        /// Listeners of one room with small receive buffers: without those the kernel would swallow all that is sent.
        private func readers(_ stage: Stage, _ count: Int) -> Fleet.Plan {
            let doors = stage.nodeDoors
            return Fleet.Plan(listeners: count, rooms: { _ in [0] }, doors: { _ in doors }, receiveBuffer: 4096)
        }

        @Test func `20 readers that stop while 18 MB are published cost little memory, and then get all or a gap`()
            async throws
        {
            try await Stage.with(nodes: 1) { stage in
                let node = stage.nodes[0]
                let padding = 60_000
                let trial = try await Trial(
                    stage,
                    readers(stage, 20),
                    rooms: 1,
                    interval: .seconds(1),
                    padding: padding
                )
                let doors = stage.nodeDoors
                let others = Fleet(
                    Fleet.Plan(listeners: 20, rooms: { _ in [0] }, doors: { _ in doors }),
                    board: trial.board
                )
                defer {
                    trial.fleet.stop()
                    others.stop()
                }
                try await others.opens()
                await trial.publish(10)
                let before = node.residentBytes
                trial.fleet.pause(oneOf: 1)
                await trial.publish(300)
                let growth = node.residentBytes - before
                print("20 stopped readers, 18 MB published: the node grew by \(growth / 1_000_000) MB")
                #expect(growth < 100_000_000)
                // They took next to nothing: it is the node that holds them, not the kernel.
                #expect(trial.fleet.tally.bytes < 20 * 10_000_000)
                trial.fleet.resume()
                let verdict = try await trial.judge()
                #expect(verdict.isClean, "\(verdict)")
                #expect(trial.incompleteCount == 0)
                #expect(trial.fleet.tally.ends == 0)
                // Who reads is not harmed by who does not.
                let last = trial.board.acknowledged
                try await eventually("the others have everything") { others.completeCount(last: last) == 20 }
                #expect(others.finished(last: last).isClean)
                #expect(others.finished(last: last).gaps == 0)
            }
        }

        @Test func `a stream that has taken nothing for the slow limit is ended, and its listener comes back`()
            async throws
        {
            try await Stage.with(nodes: 1, ["--slow-limit", "2s"]) { stage in
                let trial = try await Trial(stage, readers(stage, 10), rooms: 1, interval: .seconds(1), padding: 60_000)
                defer { trial.fleet.stop() }
                trial.fleet.pause(oneOf: 1)
                #expect(try await Self.connectionCount(stage) >= 10)
                // More than sockets hold, so that all streams stand still.
                await trial.publish(150)
                try await eventually("the node has ended the streams", within: .seconds(15)) {
                    // The publisher's connection stays.
                    try await Self.connectionCount(stage) <= 1
                }
                trial.fleet.resume()
                let verdict = try await trial.judge()
                #expect(verdict.isClean, "\(verdict)")
                #expect(trial.incompleteCount == 0)
                #expect(trial.fleet.tally.ends == 10)
            }
        }

        /// The sockets of the node's public listener that are open, as the kernel sees them.
        private static func connectionCount(_ stage: Stage) async throws -> Int {
            let node = stage.nodes[0]
            let hex = String(node.port, radix: 16, uppercase: true)
            // The kernel does not say how long the table is.
            let bytes = try FileHandle(forReadingFrom: URL(filePath: "/proc/net/tcp")).readToEnd() ?? Data()
            let table = String(decoding: bytes, as: UTF8.self)
            // Local address, remote address, state: 01 is established.
            return table.matches(of: #/(?m)^ *\d+: 0100007F:([0-9A-F]{4}) [0-9A-F:]+ 01 /#)
                .count { $0.output.1 == String(repeating: "0", count: 4 - hex.count) + hex }
        }
    }
}
