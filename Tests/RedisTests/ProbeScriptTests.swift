import ChatGateway
import IntegrationSupport
import NIOCore
import Testing

@testable import ChatGatewayRedis

@Suite(.serialized) struct ProbeScriptTests {
    private func cursor(_ epoch: String, _ position: Position) throws -> Cursor {
        Cursor(epoch: try #require(Epoch(epoch)), position: position)
    }

    @Test func theFirstProbeBeginsAnEpochAndTheNextKeepsIt() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            let first = try await client.probe(candidate: "one")
            let second = try await client.probe(candidate: "two", received: try cursor("one", first.top))
            #expect(first.timeline == second.timeline)
            #expect(first.timeline.epoch.name == "one" && first.timeline.seams.isEmpty)
            #expect(second.top > first.top)
        }
    }

    @Test func anotherProcessIsASeamThatKeepsEverything() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            let first = try await client.probe(candidate: "one")
            let second = try await client.probe(run: "run2", candidate: "two", received: try cursor("one", first.top))
            #expect(second.timeline.epoch.name == "two")
            #expect(second.timeline.seams == [Seam(epoch: first.timeline.epoch, top: first.top, isKept: true)])
        }
    }

    @Test func aPositionThatRedisNeverGaveProvesALoss() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            let first = try await client.probe(candidate: "one")
            let ahead = Position(milliseconds: first.top.milliseconds + 1_000_000, sequence: 3)
            let second = try await client.probe(candidate: "two", received: try cursor("one", ahead))
            #expect(second.timeline.epoch.name == "two")
            #expect(second.timeline.seams == [Seam(epoch: first.timeline.epoch, top: first.top, isKept: false)])
            #expect(second.top == Position(milliseconds: ahead.milliseconds, sequence: 4))
            let third = try await client.probe(candidate: "three", received: try cursor("one", ahead))
            #expect(third.timeline == second.timeline)
        }
    }

    @Test func aPositionBeyondAKeptSeamTurnsEverySeam() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            let first = try await client.probe(candidate: "one")
            let second = try await client.probe(run: "run2", candidate: "two")
            let received = try cursor("one", Position(milliseconds: first.top.milliseconds, sequence: 9_999))
            let third = try await client.probe(run: "run2", candidate: "three", received: received)
            #expect(third.timeline.epoch.name == "three")
            #expect(
                third.timeline.seams == [
                    Seam(epoch: second.timeline.epoch, top: second.top, isKept: false),
                    Seam(epoch: first.timeline.epoch, top: first.top, isKept: false),
                ]
            )
        }
    }

    @Test func aLossFoundWithANewProcessIsASingleNewEpoch() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            let first = try await client.probe(candidate: "one")
            let received = try cursor("one", Position(milliseconds: first.top.milliseconds, sequence: 9_999))
            let second = try await client.probe(run: "run2", candidate: "two", received: received)
            #expect(second.timeline.epoch.name == "two")
            #expect(second.timeline.seams == [Seam(epoch: first.timeline.epoch, top: first.top, isKept: false)])
        }
    }

    @Test func afterAFlushPositionsStillDoNotGoBack() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            _ = try await client.probe(candidate: "one")
            let ahead = Position(milliseconds: 100_000_000_000_000, sequence: 0)
            _ = try await client.send("FLUSHALL")
            let second = try await client.probe(candidate: "two", received: try cursor("one", ahead))
            #expect(second.timeline == Timeline(epoch: try #require(Epoch("two"))))
            #expect(second.top > ahead)
        }
    }

    @Test func only32SeamsAreKept() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            for index in 0..<40 { _ = try await client.probe(run: "run\(index)", candidate: "epoch\(index)") }
            let seams = try await client.probe(run: "run39").timeline.seams
            #expect(seams.map(\.epoch.name) == (7..<39).reversed().map { "epoch\($0)" })
        }
    }

    @Test func silentRoomsAreForgottenAndTheirNextMessageHasABound() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            _ = try await client.probe()
            try await client.append(("fresh", nil, "1"), ("silent", nil, "2"))
            let old = Position(milliseconds: 1_000_000_000_000, sequence: 5)
            // What is left of its log must not come back.
            _ = try await client.send("HSET", client.names.state, "@silent", "\(old) 1 0")
            _ = try await client.probe()
            #expect(try await client.page("silent").entries.isEmpty)
            #expect(try await client.page("silent").last == old)
            #expect(try await client.page("fresh").entries.count == 1)
            try await client.append(("silent", nil, "3"))
            let entries = try await client.page("silent").entries
            #expect(entries.map { String(buffer: $0.body) } == ["3"])
            #expect(entries.map(\.previous) == [old])
            #expect(entries.map(\.previousIsBound) == [true])
        }
    }

    @Test func manyRoomsAreLookedAtAFewAtATime() async throws {
        try await RedisServer.with { redis in
            let client = try await ScriptClient(redis)
            _ = try await client.probe()
            for index in 0..<300 {
                _ = try await client.send("HSET", client.names.state, "@room\(index)", "1000000000000-\(index) 0 0")
            }
            try await eventually("all are forgotten") {
                _ = try await client.probe()
                return try await client.send("HLEN", client.names.state).reader.first() == 6
            }
            #expect(try await client.page("any").last == Position(milliseconds: 1_000_000_000_000, sequence: 299))
        }
    }
}
