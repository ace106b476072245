import ChatGateway
import IntegrationSupport
import NIOCore
import Testing

@testable import ChatGatewayRedis

@Suite(.serialized) struct ReadScriptTests {
    @Test func aReadTellsEachRoomsLastAndWhatFollowsAPosition() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            _ = try await client.probe()
            let outcomes = try await client.append(("a", nil, "1"), ("b", nil, "2"), ("a", nil, "3"))
            let positions = outcomes.map(\.position)
            let parts = try await client.read([("a", positions[0]), ("b", nil), ("c", nil), ("b", positions[1])])
            #expect(parts.map(\.last) == [positions[2], positions[1], .zero, positions[1]])
            #expect(parts.map(\.entries.count) == [1, 0, 0, 0])
            #expect(parts[0].entries[0].previous == positions[0])
            #expect(parts.allSatisfy { !$0.hasMore })
        }
    }

    @Test func theMarkIsPublishedWithTheRead() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            let top = try await client.probe().top
            let listener = try await ScriptClient(redis)
            _ = try await listener.send("SUBSCRIBE", client.names.channel(ofNode: "n"))
            async let pushed = listener.send("PING")
            try await eventually("somebody listens") {
                try await redis.command("PUBSUB", "NUMSUB", client.names.channel(ofNode: "n")).hasSuffix("1")
            }
            _ = try await client.read([("a", nil)], mark: 42)
            // Replies come in order: the answer to PING is the second.
            var reader = try await pushed.reader
            _ = reader.array()
            let words = [reader.string(), reader.string(), reader.string()]
            #expect(words.first == "pong" || words.last == "r 42 epoch1 \(top)")
        }
    }

    @Test func aReadIsBoundedAndSaysThatThereIsMore() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            _ = try await client.probe()
            let body = String(repeating: "x", count: 60_000)
            var positions: [Position] = []
            for _ in 0..<10 { positions += try await client.append(("a", nil, body)).map(\.position) }
            try await client.append(("b", nil, "x"))
            var after = Position.zero
            var read: [Position] = []
            var calls = 0
            while true {
                calls += 1
                let parts = try await client.read([("a", after), ("b", .zero)])
                #expect(parts[0].entries.count <= 5)
                read += parts[0].entries.map(\.position)
                after = read.last ?? after
                // What comes behind the full reply waits too.
                #expect(parts[1].hasMore == parts[0].hasMore || !parts[0].hasMore)
                if !parts[0].hasMore { break }
            }
            #expect(read == positions)
            #expect(calls == 2 || calls == 3)
        }
    }

    @Test func pagesGoInBothDirections() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            _ = try await client.probe()
            var positions: [Position] = []
            for index in 0..<100 { positions += try await client.append(("a", nil, "\(index)")).map(\.position) }
            let oldest = try await client.page("a", after: positions[9], limit: 40)
            #expect(oldest.entries.map(\.position) == Array(positions[10..<50]))
            #expect(oldest.hasMore)
            let newest = try await client.page("a", through: positions[89], limit: 40, from: .newest)
            #expect(newest.entries.map(\.position) == Array(positions[50..<90]))
            #expect(newest.hasMore)
            let all = try await client.page("a", limit: 100, from: .newest)
            #expect(all.entries.map(\.position) == positions && !all.hasMore)
            let bytes = try await client.page("a", after: positions[9], bytes: 5)
            #expect(bytes.entries.map { String(buffer: $0.body) } == ["10", "11"] && bytes.hasMore)
            let single = try await client.page("a", bytes: 0, from: .newest)
            #expect(single.entries.map(\.position) == [positions[99]] && single.hasMore)
            let none = try await client.page("a", after: .last)
            #expect(none.entries.isEmpty && !none.hasMore && none.last == positions[99])
            let unknown = try await client.page("nobody")
            #expect(unknown.entries.isEmpty && unknown.last == .zero)
        }
    }
}
