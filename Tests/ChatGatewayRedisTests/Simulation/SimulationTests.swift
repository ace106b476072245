import ChatGateway
import Foundation
import NIOCore
import Testing

@testable import ChatGatewayRedis

@Suite(.serialized) struct SimulationTests {
    typealias Trouble = SimulatedWorld.Trouble

    private static let mixes: [[Trouble]] = [
        [.cutLink, .cutNode, .churn],
        [.cutLink, .restart, .freeze],
        [.cutLink, .copy, .failOver, .demote],
        [.cutNode, .flush, .restart],
        [.cutLink, .trim, .forget, .churn],
        Trouble.allCases,
    ]

    /// Runs per mix: 6, or what the environment says for a longer search.
    private static let runs = ProcessInfo.processInfo.environment["SIMULATION_RUNS"].flatMap(Int.init) ?? 6

    // A failure names mix and seed; what they give is always the same.
    @Test(arguments: mixes.indices, 0..<runs)
    func noTroubleMakesANodeLoseRepeatOrReorderUntold(mix: Int, seed: Int) async {
        let world = SimulatedWorld(seed: UInt64(mix * 1_000_000 + seed), kinds: Self.mixes[mix])
        let faults = await world.run(steps: 3_000)
        #expect(faults.isEmpty, "mix \(mix), seed \(seed): \(faults.prefix(5)) \(world.counts)")
        #expect(world.history.values.reduce(0) { $0 + $1.count } >= 3)
    }

    @Test func theVerdictFindsALossARepeatASwapAndWhatWasNotTold() throws {
        let room = try #require(Room("a"))
        let positions = (1...4).map { Position(milliseconds: UInt64($0), sequence: 0) }
        let entries = positions.enumerated()
            .map { index, position in
                Entry(
                    position: position,
                    previous: index == 0 ? .zero : positions[index - 1],
                    body: ByteBuffer(string: "\(index)")
                )
            }
        let truth = [room: entries.enumerated().map { SimulatedData.Stored(entry: $1, id: $0) }]
        func verdict(_ events: [BrokerEvent]) -> String {
            var ledger = Ledger()
            ledger.take(.read(room, entries: [], restart: .zero))
            ledger.take(.whole(room, clock: .zero))
            for event in events { ledger.take(event) }
            return ledger.verdict(on: truth, rooms: [room], mayExpire: false).joined(separator: "; ")
        }
        let all = entries.map { BrokerEvent.message(room, $0) }
        #expect(verdict(all) == "")
        #expect(verdict([all[0], all[2], all[3]]).contains("lost: 1"))
        #expect(verdict([all[0], all[1], .clock(positions[3])]).contains("lost: 3"))
        #expect(verdict(all + [all[3]]).contains("not behind"))
        #expect(verdict([all[0], all[2], all[1], all[3]]).contains("not behind"))
        let phantom = Entry(
            position: Position(milliseconds: 5, sequence: 0),
            previous: positions[3],
            body: ByteBuffer(string: "77")
        )
        #expect(verdict(all + [.message(room, phantom)]).contains("untold: 77"))
    }
}
