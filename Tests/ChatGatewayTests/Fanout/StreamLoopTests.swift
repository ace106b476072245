import NIOCore
import NIOEmbedded
import Testing

@testable import ChatGateway

/// What comes to a loop at moments at which it is in the middle of something else.
@Suite struct StreamLoopTests {
    private let room = Room.named("a")

    private func entry(_ milliseconds: UInt64) -> Entry {
        Entry(position: at(milliseconds), previous: .zero, body: ByteBuffer(string: "\(milliseconds)"))
    }

    @Test func `a room that becomes whole in the middle of a pass leaves none of its streams behind`() throws {
        let stage = try StreamStage(maximum: 1_000)
        let channels = try (0..<600).map { _ in try stage.open("a").channel }
        for channel in channels { _ = try channel.writes() }
        stage.fanout.receive(.stalled)
        stage.fanout.receive(.read(room, entries: [entry(2)], restart: nil))
        stage.loop.run()
        #expect(try channels.allSatisfy { try $0.writes().isEmpty })
        stage.fanout.receive(.whole(room, clock: at(2)))
        stage.loop.run()
        for _ in 0..<6 { stage.loop.advanceTime(by: .microseconds(20)) }
        #expect(try channels.allSatisfy { try $0.writes() == ["data: 2\nid: e.2-0\n\n"] })
    }

    @Test func `what was under way to a loop before its queue overflowed is not taken for what comes next`() throws {
        let stage = try StreamStage()
        let (channel, _) = try stage.open("a")
        _ = try channel.writes()
        for number in 1...3 as ClosedRange<UInt64> { stage.post("\(number)", at: number, in: "a") }
        // Of the three messages the loop never hears; what the node sends again comes behind what was on its way.
        stage.streams.takeDelivery(nil)
        let late = Frame(entry(4), epoch: stage.epoch, previous: at(3))
        stage.streams.takeDelivery([.read(room, [late], restart: nil), .whole(room)])
        #expect(try channel.writes().isEmpty)
        stage.post("4", at: 4, in: "a")
        stage.loop.run()
        for _ in 0..<4 { stage.loop.advanceTime(by: .microseconds(20)) }
        #expect(try channel.writes().joined() == (1...4).map { "data: \($0)\nid: e.\($0)-0\n\n" }.joined())
    }

    @Test func `what the broker still tells of a subscription that ends is not taken for the next one`() throws {
        let broker = SlowToLeaveBroker()
        let stage = try StreamStage(broker: broker)
        let (first, _) = try stage.open("a")
        try first.close().wait()
        // Nobody is in the room for longer than it is kept.
        stage.loop.advanceTime(by: .seconds(15))
        #expect(broker.leavingCount == 1)
        let (second, _) = try stage.open("a", presented: "e.10-0")
        stage.fanout.receive(.read(room, entries: [entry(50)], restart: nil))
        stage.fanout.receive(.whole(room, clock: at(50)))
        stage.loop.run()
        #expect(try second.writes() == ["HEAD\n"])
        // The next subscription begins, and has what the listener missed.
        broker.leave()
        stage.loop.run()
        stage.fanout.receive(.read(room, entries: [entry(20), entry(50)], restart: at(5)))
        stage.fanout.receive(.whole(room, clock: at(50)))
        stage.loop.run()
        let text = try second.writes().joined()
        #expect(text.contains("\"resumed\":true,\"replayed\":2"))
        #expect(text.hasSuffix("data: 20\nid: e.20-0\n\ndata: 50\nid: e.50-0\n\n"))
    }

    @Test func `a stream that has much to catch up with is not kept waiting by a room that never rests`() throws {
        let stage = try StreamStage(maximum: 1_000)
        let many = try (0..<600).map { _ in try stage.open("hot").channel }
        let (quiet, _) = try stage.open("quiet")
        _ = try quiet.writes()
        quiet.isWritable = false
        let text = String(repeating: "x", count: 50_000)
        for number in 1...12 as ClosedRange<UInt64> { stage.post(text, at: number, in: "quiet") }
        stage.loop.run()
        quiet.isWritable = true
        quiet.pipeline.fireChannelWritabilityChanged()
        var count = 0
        for number in 100...120 as ClosedRange<UInt64> {
            stage.post("y", at: number, in: "hot")
            stage.loop.run()
            stage.loop.advanceTime(by: .microseconds(20))
            count += try quiet.writes().joined().matches(of: #/id: /#).count
        }
        #expect(count == 12)
        _ = many
    }

    @Test func `a stream that is drained before it said ready does not make its listener forget its cursor`() throws {
        let stage = try StreamStage(broker: SlowToLeaveBroker())
        let (channel, _) = try stage.open("a", presented: "e.5-0")
        stage.streams.drain(over: .zero, done: stage.loop.makePromise())
        stage.loop.run()
        let text = try channel.writes().joined()
        #expect(text.contains("\"reason\":\"draining\""))
        #expect(text.hasSuffix("\nid: e.5-0\n\n"))
    }
}
