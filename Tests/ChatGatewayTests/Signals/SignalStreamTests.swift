import NIOCore
import NIOEmbedded
import Testing

@testable import ChatGateway

/// How events without an id reach streams: behind the messages of a pass, and only who is up to date.
@Suite struct SignalStreamTests {
    private let a = Room.named("a")
    private let typing = "event: typing\ndata: {\"room\":\"a\",\"user\":\"ann\"}\n\n"

    private func signal(_ stage: StreamStage, in room: String = "a") {
        stage.fanout.signal(StreamEvents.typing(room: .named(room), user: "ann"), in: .named(room))
    }

    @Test func `a signal leaves in one write with the messages before it, and has no id`() throws {
        let stage = try StreamStage()
        let (channel, stream) = try stage.open("a")
        _ = try channel.writes()
        stage.post("1", at: 1, in: "a")
        signal(stage)
        stage.post("2", at: 2, in: "a")
        stage.loop.run()
        #expect(try channel.writes().joined() == "data: 1\nid: e.1-0\n\ndata: 2\nid: e.2-0\n\n" + typing)
        #expect(stream.cursor.position == at(2))
    }

    @Test func `only streams of the room get it, once, and who comes later does not`() throws {
        let stage = try StreamStage()
        let (first, _) = try stage.open("a", "b")
        let (other, _) = try stage.open("b")
        for channel in [first, other] { _ = try channel.writes() }
        signal(stage)
        stage.loop.run()
        let (late, _) = try stage.open("a")
        for _ in 0..<3 { stage.loop.advanceTime(by: .microseconds(20)) }
        stage.post("1", at: 1, in: "b")
        stage.loop.run()
        #expect(try first.writes().joined() == typing + "data: 1\nid: e.1-0\n\n")
        #expect(try other.writes() == ["data: 1\nid: e.1-0\n\n"])
        #expect(try late.writes().joined().contains("typing") == false)
    }

    @Test func `a stream whose socket takes nothing never hears of it`() throws {
        let stage = try StreamStage()
        let (channel, _) = try stage.open("a")
        let (open, _) = try stage.open("a")
        for channel in [channel, open] { _ = try channel.writes() }
        channel.isWritable = false
        stage.post("1", at: 1, in: "a")
        stage.loop.run()
        signal(stage)
        stage.loop.run()
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        stage.post("2", at: 2, in: "a")
        stage.loop.run()
        #expect(try channel.writes().joined().contains("typing") == false)
        #expect(try open.writes().joined().contains(typing))
    }

    @Test func `what comes while a pass is under way is told in the next, to everybody once`() throws {
        let stage = try StreamStage(maximum: 1_000)
        let channels = try (0..<600).map { _ in try stage.open("a").channel }
        for channel in channels { _ = try channel.writes() }
        signal(stage)
        stage.loop.run()
        stage.fanout.signal(StreamEvents.typing(room: a, user: "bo"), in: a)
        stage.loop.run()
        for _ in 0..<8 { stage.loop.advanceTime(by: .microseconds(20)) }
        let expected = typing + typing.replacing("ann", with: "bo")
        #expect(try channels.allSatisfy { try $0.writes().joined() == expected })
    }

    @Test(arguments: [0, 100, 343, 344, 500, 599])
    func `nobody gets it twice, or not at all, because another leaves in the middle of a pass`(leaving: Int) throws {
        let stage = try StreamStage(maximum: 1_000)
        let channels = try (0..<600).map { _ in try stage.open("a").channel }
        for channel in channels { _ = try channel.writes() }
        signal(stage)
        stage.loop.run()
        try channels[leaving].close().wait()
        for _ in 0..<4 { stage.loop.advanceTime(by: .microseconds(20)) }
        let stayed = channels.enumerated().filter { $0.offset != leaving }.map(\.element)
        #expect(try stayed.allSatisfy { try $0.writes().joined() == typing })
        stage.post("1", at: 1, in: "a")
        for _ in 0..<4 { stage.loop.advanceTime(by: .microseconds(20)) }
        #expect(try stayed.allSatisfy { try $0.writes().joined() == "data: 1\nid: e.1-0\n\n" })
    }

    @Test func `what gathers for a pass is bounded`() {
        let room = LoopRoom(room: a)
        for _ in 0..<100 { room.add(signal: ByteBuffer(repeating: 0x20, count: 1_000)) }
        room.beginPass()
        #expect(room.signals?.readableBytes == LoopRoom.maximumSignals / 1_000 * 1_000)
        #expect(!room.hasNews)
        room.endPass()
        #expect(room.signals == nil)
    }
}
