import ChatGateway
import IntegrationSupport
import Logging
import NIOCore
import Testing

@testable import ChatGatewayRedis

@Suite(.serialized) struct RedisBrokerTests {
    @Test func nodesOnOneRedisHearEachOtherInOrder() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(2, on: redis) { nodes in
                let (a, b) = (try Room.of("a"), try Room.of("聊天室 b"))
                for node in nodes { try await node.listen(to: a, b) }
                await withTaskGroup { group in
                    for (index, node) in nodes.enumerated() {
                        for room in [a, b] {
                            group.addTask {
                                for count in 0..<200 { await node.post("\(index) \(count)", to: room) }
                            }
                        }
                    }
                }
                for room in [a, b] {
                    try await eventually("all have arrived") { nodes.allSatisfy { $0.sink.count(of: room) == 400 } }
                    let bodies = nodes.map { $0.sink.bodies(of: room) }
                    #expect(bodies[0] == bodies[1])
                    for sender in 0..<2 {
                        let own = bodies[0].filter { $0.hasPrefix("\(sender) ") }
                        #expect(own == (0..<200).map { "\(sender) \($0)" })
                    }
                }
                #expect(nodes.flatMap(\.sink.faults).isEmpty)
            }
        }
    }

    @Test func aMessageIsAnsweredWithItsPositionAndItsRepetitionWithTheFirst() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(2, on: redis) { nodes in
                let room = try Room.of("a")
                try await nodes[0].listen(to: room)
                let first = try #require(await nodes[0].post("one", to: room, key: "k"))
                guard case .stored(let cursor) = first else { throw CancellationError() }
                let second = await nodes[1].post("two", to: room, key: "k")
                #expect(second == .repeated(cursor, body: ByteBuffer(string: "one")))
                await nodes[1].post("three", to: room)
                try await eventually("both have arrived") { nodes[0].sink.bodies(of: room) == ["one", "three"] }
                #expect(nodes[0].sink.record.rooms[room]?.entries.first?.position == cursor.position)
                let top = try await nodes[1].broker.top()
                #expect(top.timeline.epoch == cursor.epoch && top.top > cursor.position)
                let range = ReadRange(after: .zero, through: cursor.position, limit: 10)
                let page = try await nodes[1].broker.read(range, of: room)
                #expect(page.entries.map { String(buffer: $0.body) } == ["one"])
                #expect(page.timeline == top.timeline)
            }
        }
    }

    @Test func aRoomThatWasLeftIsHeardNoMoreAndCanBeJoinedAgain() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(1, on: redis) { nodes in
                let room = try Room.of("a")
                for round in 0..<20 {
                    try await nodes[0].listen(to: room)
                    await nodes[0].post("\(round)", to: room)
                    try await eventually("it arrives") { nodes[0].sink.bodies(of: room).last == "\(round)" }
                    nodes[0].broker.unsubscribe(room)
                    if round % 2 == 0 {
                        try await eventually("Redis has no listener") {
                            try await redis.command("PUBSUB", "CHANNELS", "*:room:*").isEmpty
                        }
                    }
                    nodes[0].sink.receive(.stalled)
                }
            }
        }
    }

    @Test func aLoginWithUserPasswordAndDatabaseGetsIn() async throws {
        var options = RedisServer.Options()
        options.password = "top"
        options.user = ("ann", "p@ss:wörd/%")
        try await RedisServer.with(options) { redis in
            let url = "redis://ann:p%40ss%3Aw%C3%B6rd%2F%25@127.0.0.1:\(redis.port)/5"
            try await BrokerRig.with(1, on: redis, url: url) { nodes in
                let room = try Room.of("a")
                try await nodes[0].listen(to: room)
                await nodes[0].post("one", to: room)
                try await eventually("it arrives") { nodes[0].sink.bodies(of: room) == ["one"] }
                #expect(try await redis.command("EXISTS", "cg:5:{0}:1:log:a", database: 5) == "1")
            }
        }
    }

    @Test func aWrongPasswordAndAClosedPortAreSaidInOnePhrase() async throws {
        var options = RedisServer.Options()
        options.password = "top"
        try await RedisServer.with(options) { redis in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let wrong = try RedisURL("redis://:wrong@127.0.0.1:\(redis.port)")
            let refused = await #expect(throws: BrokerError.self) {
                try await RedisBroker(url: wrong, node: "n", logger: logger).connect(within: .seconds(10))
            }
            #expect(refused?.reason == "Redis is away: Redis refuses the login: wrong user or password")
            let silent = try RedisURL("redis://127.0.0.1:\(redis.port)")
            let missing = await #expect(throws: BrokerError.self) {
                try await RedisBroker(url: silent, node: "n", logger: logger).connect(within: .seconds(10))
            }
            #expect(missing?.reason == "Redis is away: Redis refuses the login: it wants a password")
            let nobody = RedisURL(host: "127.0.0.1", port: try RedisServer.freePort())
            let closed = await #expect(throws: BrokerError.self) {
                try await RedisBroker(url: nobody, node: "n", logger: logger).connect(within: .milliseconds(300))
            }
            #expect(closed?.reason.contains("cannot connect") == true, "\(closed?.reason ?? "")")
            #expect(closed?.reason.contains("refused") == true, "\(closed?.reason ?? "")")
        }
    }

    @Test func aThousandRoomsAndLargeBodiesArrive() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(2, on: redis) { nodes in
                let rooms = try (0..<1_000).map { try Room.of("room \($0)") }
                try await nodes[1].listen(to: rooms)
                let body = String(repeating: "é\u{0}\r\n", count: 13_000)
                await withTaskGroup { group in
                    for (index, room) in rooms.enumerated() {
                        group.addTask { await nodes[0].post(index % 50 == 0 ? body : "\(index)", to: room) }
                    }
                }
                try await eventually("all have arrived") { rooms.allSatisfy { nodes[1].sink.count(of: $0) == 1 } }
                #expect(nodes[1].sink.bodies(of: rooms[50]) == [body])
                #expect(nodes[1].sink.faults.isEmpty)
                // The rooms' reads went many rooms at a time: each read is one EVALSHA, as is each call of appends.
                let statistics = try await redis.command("INFO", "commandstats")
                let lines = statistics.split(whereSeparator: \.isNewline)
                let calls = try #require(lines.first { $0.hasPrefix("cmdstat_evalsha:calls=") })
                let count = try #require(Int(calls.split(separator: "=")[1].prefix { $0 != "," }))
                #expect(count < 300)
            }
        }
    }

    @Test func roomsWhoseNamesOnlyLookAlikeAreDifferent() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(1, on: redis) { nodes in
                let rooms = [try Room.of("caf\u{e9}"), try Room.of("cafe\u{301}")]
                try await nodes[0].listen(to: rooms)
                for (index, room) in rooms.enumerated() { await nodes[0].post("\(index)", to: room) }
                try await eventually("both have arrived") {
                    nodes[0].sink.bodies(of: rooms[0]) == ["0"] && nodes[0].sink.bodies(of: rooms[1]) == ["1"]
                }
            }
        }
    }

    @Test func aScriptThatRedisHasForgottenIsSentAgain() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(1, on: redis) { nodes in
                let room = try Room.of("a")
                for round in 0..<5 {
                    try await redis.command("SCRIPT", "FLUSH")
                    try await nodes[0].listen(to: [try Room.of("a \(round)")])
                    #expect(await nodes[0].post("\(round)", to: room) != nil)
                    let range = ReadRange(after: .zero, through: .last, limit: 10)
                    #expect(try await nodes[0].broker.read(range, of: room).entries.count == round + 1)
                }
            }
        }
    }

    @Test func aFullRedisRefusesMessagesAsNotStored() async throws {
        try await RedisServer.with { redis in
            try await BrokerRig.with(1, on: redis) { nodes in
                let room = try Room.of("a")
                try await nodes[0].listen(to: room)
                try await redis.command("CONFIG", "SET", "maxmemory", "1")
                let message = Message(body: ByteBuffer(string: "x"))
                let error = await #expect(throws: BrokerError.self) {
                    _ = try await nodes[0].broker.append(message, to: room)
                }
                #expect(error == BrokerError(stored: .no, reason: "Redis has no memory left"))
                try await redis.command("CONFIG", "SET", "maxmemory", "0")
                #expect(await nodes[0].post("y", to: room) != nil)
                try await eventually("it arrives") { nodes[0].sink.bodies(of: room) == ["y"] }
            }
        }
    }
}
