import ChatGateway
import IntegrationSupport
import NIOCore
import NIOPosix
import Testing

@testable import ChatGatewayRedis

@Suite(.serialized) struct RedisFailoverTests {
    @Test func aReplicaThatLagsAndIsPromotedIsANewEpochWithALossThatIsTold() async throws {
        try await RedisServer.with { old in
            var options = RedisServer.Options()
            options.replicaOf = old.port
            try await RedisServer.with(options) { new in
                let door = try await SwitchingDoor(to: old.port)
                let url = "redis://127.0.0.1:\(door.port)"
                try await BrokerRig.with(2, on: old, url: url) { nodes in
                    let room = try Room.of("a")
                    for node in nodes { try await node.listen(to: room) }
                    try await nodes[0].insist("copied", to: room)
                    try await eventually("it is copied") {
                        try await new.command("XLEN", "cg:0:{0}:1:log:a") == "1"
                    }
                    try await new.command("REPLICAOF", "NO", "ONE")
                    try await nodes[0].insist("lost", to: room)
                    try await eventually("it arrives") { nodes[1].sink.bodies(of: room) == ["copied", "lost"] }
                    let lost = try #require(nodes[1].sink.record.rooms[room]?.last)
                    door.lead(to: new.port)
                    // The links live on with the old process; a question about an unknown epoch finds that out.
                    try await eventually("the nodes have crossed over") {
                        for node in nodes { _ = try? await node.broker.top() }
                        return nodes.allSatisfy { $0.sink.record.timelines.count > 1 }
                    }
                    for node in nodes { try await node.whole([room]) }
                    try await nodes[1].insist("after", to: room)
                    for node in nodes {
                        try await eventually("it arrives") { node.sink.bodies(of: room).last == "after" }
                        #expect(try #require(node.sink.record.rooms[room]?.last) > lost)
                        #expect(node.sink.faults.isEmpty)
                    }
                    let timeline = try #require(nodes[0].sink.record.timelines.last)
                    #expect(timeline == nodes[1].sink.record.timelines.last)
                    #expect(timeline.seams.allSatisfy { !$0.isKept })
                    let page = try await nodes[0].broker
                        .read(
                            ReadRange(after: .zero, through: .last, limit: 10),
                            of: room
                        )
                    #expect(page.entries.map { String(buffer: $0.body) } == ["copied", "after"])
                }
                await door.close()
            }
        }
    }
}
