import ChatGateway
import Foundation
import IntegrationSupport
import NIOCore
import Testing

@testable import ChatGatewayRedis

extension AppendScript.Outcome {
    var position: Position {
        switch self {
        case .stored(let position), .repeated(let position, _): position
        }
    }
}

@Suite(.serialized) struct AppendScriptTests {
    @Test func messagesGetRisingPositionsAndKnowTheOneBeforeThemInTheirRoom() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            let probe = try await client.probe()
            let positions = try await client.append(("a", nil, "1"), ("b", nil, "2"), ("a", nil, "3")).map(\.position)
            #expect(positions == positions.sorted() && positions.count == 3)
            #expect(probe.top < positions[0])
            let a = try await client.page("a")
            #expect(a.entries.map(\.position) == [positions[0], positions[2]])
            #expect(a.entries.map(\.previous) == [.zero, positions[0]])
            #expect(a.entries.map(\.previousIsBound) == [true, false])
            #expect(a.entries.map { String(buffer: $0.body) } == ["1", "3"])
            #expect(a.last == positions[2])
            #expect(a.hasMore == false)
            #expect(a.timeline == Timeline(epoch: try #require(Epoch("epoch1"))))
        }
    }

    @Test func aClockThatIsBehindCountsOnFromTheLastPosition() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            _ = try await client.probe()
            let ahead = Position(milliseconds: 100_000_000_000_000, sequence: 7)
            _ = try await client.send("HSET", client.names.state, "top", ahead.description)
            let outcomes = try await client.append(("a", nil, "1"), ("b", nil, "2"))
            #expect(outcomes.map(\.position.description) == ["100000000000000-8", "100000000000000-9"])
            #expect(try await client.probe().top.description == "100000000000000-10")
        }
    }

    @Test func aRepeatedKeyGetsTheFirstResultAndPublishesNothing() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            _ = try await client.probe()
            let first = try await client.append(("a", "k", "first"), ("a", "k", "within the call"))
            #expect(first[1] == .repeated(first[0].position, ByteBuffer(string: "first")))
            let again = try await client.append(("a", "k", "second"), ("b", "k", "another room"))
            #expect(again[0] == .repeated(first[0].position, ByteBuffer(string: "first")))
            #expect(again[1].position > first[0].position)
            #expect(try await client.page("a").entries.count == 1)
            let age = try await client.send("PTTL", "\(client.names.base):once:a/k")
            #expect((100_000...300_000).contains(try #require(age.reader.first())))
        }
    }

    @Test func aRepetitionOfAMessageThatIsGoneHasNoBody() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            _ = try await client.probe()
            let first = try await client.append(("a", "k", "first"))
            _ = try await client.send("DEL", "\(client.names.base):log:a")
            #expect(try await client.append(("a", "k", "second")) == [.repeated(first[0].position, nil)])
        }
    }

    @Test(arguments: [("other", "run1"), ("epoch1", "other")])
    func anotherEpochOrProcessIsRefusedAndNothingIsWritten(epoch: String, run: String) async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            _ = try await client.probe()
            let before = try await client.send("HGETALL", client.names.state)
            let reply = try await client.appendReply([("a", "k", "1")], epoch: epoch, run: run)
            #expect(reply.error?.hasPrefix("FENCED") == true)
            #expect(try await client.send("HGETALL", client.names.state) == before)
            #expect(try await client.send("DBSIZE").reader.first() == 1)
        }
    }

    @Test func aFullRedisStoresNothingOfACallAndStillAnswersProbes() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            _ = try await client.probe()
            try await client.append(("a", nil, "1"))
            _ = try await client.send("CONFIG", "SET", "maxmemory", "1")
            let before = try await client.send("HGETALL", client.names.state)
            let reply = try await client.appendReply([("a", "k", "2"), ("b", nil, "3")])
            #expect(reply.error?.hasPrefix("OOM") == true)
            #expect(try await client.send("HGETALL", client.names.state) == before)
            #expect(try await client.page("a").entries.count == 1)
            #expect(try await client.send("EXISTS", "\(client.names.base):once:a/k").reader.first() == 0)
            let top = try await client.probe().top
            _ = try await client.send("CONFIG", "SET", "maxmemory", "0")
            #expect(try await client.append(("a", "k", "2"))[0].position > top)
        }
    }

    @Test func aLogIsBoundedInBytesAtAConstantCostPerMessage() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis, history: HistoryLimits(bytes: 10_000))
            _ = try await client.probe()
            let body = String(repeating: "x", count: 100)
            for _ in 0..<30 {
                let reply = try await client.appendReply(Array(repeating: ("a", nil, body), count: 10))
                #expect(reply.error == nil)
            }
            #expect(try await client.page("a").entries.count == 100)
            _ = try await client.send("CONFIG", "RESETSTAT")
            for _ in 0..<50 { try await client.append(("a", nil, body)) }
            let page = try await client.page("a")
            #expect(page.entries.count == 100)
            let calls = try await redis.command("INFO", "commandstats")
            let ranges = try #require(calls.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_xrange") })
            // One look at the oldest two per message, and a few for the page.
            let number = ranges.split(separator: "=")[1].split(separator: ",").first ?? ""
            let count = try #require(Int(number))
            #expect((50...60).contains(count), "\(ranges)")
            for _ in 0..<3 { try await client.append(("a", nil, String(repeating: "y", count: 4_000))) }
            let sizes = try await client.page("a").entries.map(\.body.readableBytes)
            #expect(sizes == [4_000, 4_000] || sizes.reduce(0, +) <= 10_000)
            #expect(sizes.suffix(2) == [4_000, 4_000])
            try await client.append(("a", nil, String(repeating: "z", count: 20_000)))
            #expect(try await client.page("a").entries.map(\.body.readableBytes) == [20_000])
        }
    }

    @Test func aLogIsBoundedInNumberAndAge() async throws {
        try await RedisServer.with { redis in
            var client = try await ScriptClient(redis, history: HistoryLimits(count: 50))
            _ = try await client.probe()
            for _ in 0..<10 {
                let reply = try await client.appendReply(Array(repeating: ("a", nil, "x"), count: 100))
                #expect(reply.error == nil)
            }
            // Redis trims whole nodes of 100.
            #expect((50...200).contains(try await client.page("a").entries.count))
            client.history.age = .milliseconds(40)
            try await client.append(("b", nil, "old"))
            let last = try await client.page("b").last
            try await eventually("the log expires") {
                try await client.send("EXISTS", "\(client.names.base):log:b").reader.first() == 0
            }
            let expired = try await client.page("b")
            #expect(expired.entries.isEmpty && expired.last == last)
            client.history.age = .seconds(3600)
            let next = try await client.append(("b", nil, "new"))[0].position
            let page = try await client.page("b")
            #expect(page.entries.map(\.position) == [next])
            #expect(page.entries.first?.previous == last)
        }
    }

    @Test func aFlushedScriptIsRefusedByHashAndRunsByText() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            _ = try await client.probe()
            var loaded = try await client.send(Script.append.load).reader
            let name = loaded.string()
            let hash = try #require(name)
            #expect(try await client.appendReply([("a", nil, "1")], hash: hash).error == nil)
            _ = try await client.send("SCRIPT", "FLUSH")
            #expect(try await client.appendReply([("a", nil, "2")], hash: hash).error?.hasPrefix("NOSCRIPT") == true)
            try await client.append(("a", nil, "3"))
            #expect(try await client.appendReply([("a", nil, "4")], hash: hash).error == nil)
        }
    }

    @Test func bodiesOf64KiBComeBackAsTheyWere() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            _ = try await client.probe()
            let bodies = (0..<20).map { String(repeating: "\($0)é\u{0}\r\n", count: 9_000) }
            for body in bodies { try await client.append(("a", nil, body)) }
            let page = try await client.page("a", bytes: 1 << 24)
            #expect(page.entries.map { String(buffer: $0.body) } == bodies)
        }
    }
}

extension ReplyReader {
    func first() -> Int64? {
        var copy = self
        return copy.integer()
    }
}
