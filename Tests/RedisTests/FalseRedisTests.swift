import ChatGateway
import IntegrationSupport
import NIOCore
import Testing

@testable import ChatGatewayRedis

/// A Redis that answers what no Redis should, on each link, in its greeting and later.
///
/// Bytes that are no protocol at all, at the level of the parser, are in `ReplyParserTests`.
@Suite(.serialized) struct FalseRedisTests {
    private static let lies: [FalseRedis.Lie] =
        [
            "garbage\r\n", "\0\0\0\0\r\n\r\n", "-ERR nonsense\r\n", "-\r\n", "-NOSCRIPT no such script\r\n",
            "-LOADING data\r\n", "-READONLY replica\r\n", "-OOM memory\r\n", "+OK\r\n", "+\r\n", ":1\r\n",
            ":99999999999999999999\r\n", "$-1\r\n", "$-2\r\n", "$9999999999\r\n", "$3\r\nabcd\r\n", "*-1\r\n", "*0\r\n",
            "*1000000000\r\n", "*3\r\n:1\r\n:2\r\n:3\r\n", "*2\r\n*1\r\n*1\r\n*0\r\n$1\r\nx\r\n",
            "*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n:5\r\n", "*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$3\r\nabc\r\n",
            "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n", "*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n",
            "*3\r\n$7\r\nmessage\r\n$24\r\ncg:0:{0}:1:room:lie room\r\n$0\r\n\r\n", "!5\r\nERROR\r\n",
            "%1\r\n+a\r\n:1\r\n",
            ">2\r\n+a\r\n+b\r\n", "_\r\n",
        ]
        .map { .instead($0) } + [.twice, .brokenOff, .silence]

    @Test(arguments: FalseRedis.Place.allCases)
    func afterAnyLieLifeGoesOnAndNothingIsLost(place: FalseRedis.Place) async throws {
        try await RedisServer.with { redis in
            let between = try await FalseRedis(before: redis.port)
            let url = "redis://127.0.0.1:\(between.port)/0"
            try await BrokerRig.with(1, on: redis, url: url, probe: .milliseconds(200), patience: .seconds(1)) {
                nodes in
                let node = nodes[0]
                let room = try Room.of("a")
                try await node.listen(to: room)
                var stored: [String] = []
                for (index, lie) in Self.lies.enumerated() {
                    between.tell(lie, at: place)
                    // Something for every link to do.
                    try await eventually("the lie is told: \(lie)", within: .seconds(20)) {
                        await node.post("lie \(index)", to: room, key: "lie\(index)")
                        _ = try? await node.broker.read(ReadRange(after: .zero, through: .last, limit: 1), of: room)
                        return between.hasToldAll
                    }
                    let text = "after \(index)"
                    try await node.insist(text, to: room)
                    stored.append(text)
                    try await eventually("it is heard: \(text)", within: .seconds(20)) {
                        node.sink.bodies(of: room).last == text
                    }
                }
                // What was refused in the meantime may have been stored; what was stored is there, once, in order.
                let heard = node.sink.bodies(of: room)
                #expect(heard.filter { $0.hasPrefix("after") } == stored)
                #expect(Set(heard).count == heard.count)
                #expect(node.sink.faults.isEmpty)
                #expect(node.sink.record.timelines.count == 1)
            }
            await between.close()
        }
    }

    private static let greetings: [FalseRedis.Lie] = [
        .instead("garbage\r\n"), .instead("-ERR nonsense\r\n"), .instead("$-1\r\n"), .instead("*0\r\n"),
        .instead("$30\r\nrun_id:liar\r\nrole:master\r\n12345\r\n"), .twice, .brokenOff, .silence,
    ]

    @Test(arguments: FalseRedis.Place.allCases)
    func aGreetingThatIsNoneIsTriedAgain(place: FalseRedis.Place) async throws {
        try await RedisServer.with { redis in
            let between = try await FalseRedis(before: redis.port)
            let url = "redis://127.0.0.1:\(between.port)/0"
            try await BrokerRig.with(1, on: redis, url: url, probe: .milliseconds(200)) { nodes in
                let node = nodes[0]
                let room = try Room.of("a")
                try await node.listen(to: room)
                for (index, lie) in Self.greetings.enumerated() {
                    between.tell(lie, at: place)
                    await between.cut()
                    try await node.insist("greeted \(index)", to: room)
                    try await node.whole([room])
                }
                try await eventually("all is heard") { node.sink.count(of: room) == Self.greetings.count }
                #expect(node.sink.faults.isEmpty)
            }
            await between.close()
        }
    }
}
