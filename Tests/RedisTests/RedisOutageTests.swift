import ChatGateway
import IntegrationSupport
import NIOCore
import Synchronization
import Testing

@testable import ChatGatewayRedis

/// Whether what a test does to Redis is over.
private final class Trouble: Sendable {
    private let state = Mutex(false)

    var isOver: Bool { state.withLock { $0 } }

    func end() {
        state.withLock { $0 = true }
    }
}

@Suite(.serialized) struct RedisOutageTests {
    /// Posts to a room through all nodes until it is told to stop; every message is repeated until it is stored.
    private func posting(
        _ nodes: [BrokerRig],
        to room: Room,
        while body: () async throws -> Void
    ) async throws -> [String] {
        let trouble = Trouble()
        return try await withThrowingTaskGroup(of: [String].self) { group in
            for (index, node) in nodes.enumerated() {
                group.addTask {
                    var stored: [String] = []
                    while !trouble.isOver {
                        let text = "\(index)-\(stored.count)"
                        try await node.insist(text, to: room)
                        stored.append(text)
                    }
                    return stored
                }
            }
            try await body()
            trouble.end()
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    @Test func linksThatAreCutAgainAndAgainLoseAndRepeatNothing() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(2, on: redis) { nodes in
                let room = try Room.of("a")
                for node in nodes { try await node.listen(to: room) }
                let stored = try await posting(nodes, to: room) {
                    for round in 0..<12 {
                        let count = nodes.map { $0.sink.record.stalls }
                        try await redis.command("CLIENT", "KILL", "TYPE", round % 2 == 0 ? "pubsub" : "normal")
                        try await eventually("the links have fallen") {
                            zip(nodes, count).allSatisfy { $0.sink.record.stalls > $1 }
                        }
                        for node in nodes { try await node.whole([room]) }
                    }
                }
                for node in nodes {
                    try await eventually("all have arrived") { node.sink.count(of: room) == stored.count }
                    #expect(Set(node.sink.bodies(of: room)) == Set(stored))
                    #expect(node.sink.record.rooms[room]?.restarts == 1)
                    #expect(node.sink.record.timelines.count == 1)
                    #expect(node.sink.faults.isEmpty)
                }
                #expect(nodes[0].sink.bodies(of: room) == nodes[1].sink.bodies(of: room))
                #expect(stored.count >= 24)
            }
        }
    }

    @Test func aRedisThatIsKilledAndComesBackWithItsDataLosesNothing() async throws {
        var options = RedisServer.Options()
        options.appendOnly = true
        try await RedisServer.with(options) { redis in
            try await BrokerRig.with(2, on: redis) { nodes in
                let room = try Room.of("a")
                for node in nodes { try await node.listen(to: room) }
                let stored = try await posting(nodes, to: room) {
                    for round in 1...2 {
                        try await eventually("some have arrived") { nodes[0].sink.count(of: room) > round * 20 }
                        await redis.kill()
                        try await eventually("it is noticed") { nodes.allSatisfy { $0.broker.status != .ready } }
                        try await redis.start()
                        for node in nodes { try await node.whole([room]) }
                    }
                }
                for node in nodes {
                    try await eventually("all have arrived") { node.sink.count(of: room) == stored.count }
                    #expect(Set(node.sink.bodies(of: room)) == Set(stored))
                    #expect(node.sink.record.rooms[room]?.restarts == 1)
                    let timelines = node.sink.record.timelines
                    #expect(timelines.count == 3)
                    #expect(timelines.last?.seams.map(\.isKept) == [true, true])
                    #expect(node.sink.faults.isEmpty)
                }
            }
        }
    }

    @Test func aFlushedRedisIsANewTimelineAndLifeGoesOn() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(2, on: redis) { nodes in
                let room = try Room.of("a")
                for node in nodes { try await node.listen(to: room) }
                try await nodes[0].insist("before", to: room)
                try await eventually("it arrives") { nodes[1].sink.count(of: room) == 1 }
                let before = try #require(nodes[1].sink.record.rooms[room]?.last)
                try await redis.command("FLUSHALL")
                for node in nodes {
                    try await eventually("it is noticed") { node.sink.record.timelines.count >= 2 }
                    try await node.whole([room])
                    #expect(node.sink.record.rooms[room]?.restarts == 2)
                }
                try await nodes[0].insist("after", to: room)
                for node in nodes {
                    try await eventually("it arrives") { node.sink.bodies(of: room) == ["after"] }
                    #expect(try #require(node.sink.record.rooms[room]?.last) > before)
                    #expect(node.sink.faults.isEmpty)
                }
                let epochs = Set(nodes.compactMap { $0.sink.record.timelines.last?.epoch })
                #expect(epochs.count == 1)
            }
        }
    }

    @Test func aRedisThatStandsStillIsNoticedAndNothingIsLost() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(2, on: redis) { nodes in
                let room = try Room.of("a")
                for node in nodes { try await node.listen(to: room) }
                let stored = try await posting(nodes, to: room) {
                    redis.freeze()
                    defer { redis.thaw() }
                    try await eventually("the probes tell") { nodes.allSatisfy { $0.broker.status != .ready } }
                    let start = ContinuousClock.now
                    await #expect(throws: BrokerError.self) {
                        let message = Message(body: ByteBuffer(string: "x"))
                        _ = try await nodes[0].broker.append(message, to: room)
                    }
                    #expect(ContinuousClock.now - start < .seconds(5))
                    redis.thaw()
                    for node in nodes { try await node.whole([room], within: .seconds(15)) }
                }
                for node in nodes {
                    try await eventually("all have arrived") { node.sink.count(of: room) >= stored.count }
                    let bodies = node.sink.bodies(of: room)
                    #expect(bodies.filter { $0 != "x" }.count == stored.count)
                    #expect(Set(bodies).isSuperset(of: stored))
                    #expect(node.sink.faults.isEmpty)
                }
            }
        }
    }

    @Test func messagesAndQuestionsDuringAnOutageAreRefusedInTime() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(1, on: redis) { nodes in
                let room = try Room.of("a")
                await redis.kill()
                try await eventually("it is noticed") { nodes[0].broker.status != .ready }
                let message = Message(body: ByteBuffer(string: "x"))
                for _ in 0..<3 {
                    let start = ContinuousClock.now
                    let error = await #expect(throws: BrokerError.self) {
                        _ = try await nodes[0].broker.append(message, to: room)
                    }
                    #expect(error?.stored == .no)
                    #expect(ContinuousClock.now - start < .seconds(5))
                }
                await #expect(throws: BrokerError.self) { _ = try await nodes[0].broker.top() }
                await #expect(throws: BrokerError.self) {
                    _ = try await nodes[0].broker.read(ReadRange(after: .zero, through: .last, limit: 1), of: room)
                }
            }
        }
    }

    @Test func aLinkForReadingThatIsDeadByItselfIsReplaced() async throws {
        try await RedisServer.with { redis in
            let way = try await TCPProxy(to: redis.port)
            try await BrokerRig.with(1, on: redis, url: "redis://127.0.0.1:\(way.port)/0") { nodes in
                let node = nodes[0]
                try await node.listen(to: try Room.of("a"))
                // The other two are at work with every probe.
                var idle: [Substring] = []
                try await eventually("one link has nothing to do") {
                    let clients = try await redis.command("CLIENT", "LIST").split(whereSeparator: \.isNewline)
                    idle = clients.filter { !$0.contains("cmd=subscribe") && !$0.contains(" idle=0 ") }
                    return idle.count == 1
                }
                let port = try #require(idle.first?.firstMatch(of: #/ addr=127\.0\.0\.1:(\d+) /#)?.output.1)
                way.swallow(port: try #require(Int(port)))
                // The first read goes nowhere; then the links are made anew, and the room is read.
                try await node.listen(to: try Room.of("b"))
                #expect(node.sink.record.stalls == 1)
            }
            await way.close()
        }
    }
}
