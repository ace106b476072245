import NIOCore
import NIOEmbedded
import Testing

@testable import ChatGateway

/// What a loop says of its streams and rooms.
@Suite struct LoopFiguresTests {
    @Test func `streams, rooms and what was written are counted`() throws {
        let stage = try StreamStage()
        for rooms in [["a"], ["a"], ["b"]] { _ = try stage.open(rooms[0]) }
        let both = try stage.open("a", "b")
        try both.channel.close().wait()
        stage.clock.advance(by: .milliseconds(9))
        stage.post("x", at: 2, in: "a")
        stage.loop.run()
        let figures = stage.streams.figures(slowLimit: 5)
        #expect(figures.streams == 3 && figures.slowStreams == 0 && figures.deliveries == 2)
        #expect(figures.rooms.map(\.room.name) == ["a", "b"] && figures.rooms.map(\.streams) == [2, 1])
        #expect(!figures.hasMoreRooms && figures.slowest.isEmpty)
        #expect(figures.latencies.count == 1 && figures.latencies.quantile(0.5) == 7)
        #expect(stage.streams.streamCounts(of: ["b", "a", "c"].map { Room.named($0) }) == [1, 2, 0])
    }

    @Test func `of many rooms the biggest are told, and that there are more`() throws {
        let stage = try StreamStage(maximum: 500)
        for number in 0..<60 { _ = try stage.open("r\(number)") }
        for _ in 0..<2 { _ = try stage.open("big") }
        let figures = stage.streams.figures(slowLimit: 5)
        #expect(figures.rooms.count == 50 && figures.hasMoreRooms)
        #expect(figures.rooms.first?.room.name == "big" && figures.rooms.first?.streams == 2)
    }

    @Test func `a stream whose socket takes nothing is told of with its time, the longest first`() throws {
        let stage = try StreamStage()
        let (first, ann) = try stage.open("a", user: "ann")
        let (second, _) = try stage.open("b", user: "bo")
        first.isWritable = false
        stage.post("x", at: 1, in: "a")
        stage.loop.run()
        stage.loop.advanceTime(by: .seconds(7))
        second.isWritable = false
        stage.post("y", at: 2, in: "b")
        stage.loop.run()
        stage.loop.advanceTime(by: .seconds(3))
        let slowest = stage.streams.figures(slowLimit: 5).slowest
        #expect(slowest.map(\.stream.user) == ["ann", "bo"])
        #expect(slowest.map(\.silence) == [.seconds(10), .seconds(3)])
        #expect(slowest.first?.stream.id == ann.id)
        #expect(stage.streams.figures(slowLimit: 1).slowest.count == 1)
        first.isWritable = true
        first.pipeline.fireChannelWritabilityChanged()
        #expect(stage.streams.figures(slowLimit: 5).slowest.map(\.stream.user) == ["bo"])
    }
}
