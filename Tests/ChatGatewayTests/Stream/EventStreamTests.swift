import NIOCore
import NIOEmbedded
import Testing

@testable import ChatGateway

@Suite struct EventStreamTests {
    @Test func `the head comes first, then ready with the cursor on its last line`() throws {
        let stage = try StreamStage()
        let (channel, _) = try stage.open("a")
        let text = try channel.writes().joined()
        #expect(text.hasPrefix("HEAD\nretry: "))
        #expect(text.contains("\nevent: ready\ndata: {\"node\":\"n1\",\"stream\":\""))
        #expect(text.hasSuffix("\"rooms\":{\"a\":{\"resumed\":false,\"replayed\":0}}}\nid: e.0-0\n\n"))
    }

    @Test func `a stream knows who holds it, if anybody does`() throws {
        let stage = try StreamStage()
        #expect(try stage.open("a", user: "ann").stream.user == "ann")
        #expect(try stage.open("a").stream.user == nil)
    }

    @Test func `a stream ends with the right to it, and no other does`() throws {
        let stage = try StreamStage()
        let (channel, _) = try stage.open("a", user: "ann", expires: 61_500)
        let (other, _) = try stage.open("a", user: "bo", expires: 62_000)
        for channel in [channel, other] { _ = try channel.writes() }
        stage.clock.advance(by: .milliseconds(60_999))
        stage.loop.advanceTime(by: .seconds(1))
        #expect(try channel.writes() == [])
        stage.clock.advance(by: .milliseconds(1))
        stage.loop.advanceTime(by: .seconds(1))
        let bye = try channel.writes().joined()
        #expect(bye.hasPrefix("retry: "))
        #expect(bye.hasSuffix("\nevent: bye\ndata: {\"reason\":\"expired\",\"reconnect\":false}\n\n"))
        #expect(try other.writes() == [])
    }

    @Test func `ready tells what to come back with where there is something`() throws {
        let stage = try StreamStage()
        let (channel, _) = try stage.open("a", resume: "token")
        let text = try channel.writes().joined()
        #expect(text.contains("\"replayed\":0}},\"resume\":\"token\"}\nid: "))
    }

    @Test func `messages that came together leave in one write`() throws {
        let stage = try StreamStage()
        let (channel, _) = try stage.open("a")
        _ = try channel.writes()
        for number in 1...5 as ClosedRange<UInt64> { stage.post("\(number)", at: number, in: "a") }
        stage.loop.run()
        let expected = (1...5).map { "data: \($0)\nid: e.\($0)-0\n\n" }.joined()
        #expect(try channel.writes() == [expected])
    }

    @Test func `every stream of a room gets every message, however many slices a pass takes`() throws {
        let stage = try StreamStage(maximum: 1_000)
        let channels = try (0..<600).map { _ in try stage.open("a").channel }
        for channel in channels { _ = try channel.writes() }
        stage.post("x", at: 1, in: "a")
        stage.loop.run()
        let first = try channels.map { try $0.writes().count }.reduce(0, +)
        #expect(first == 256)
        stage.post("y", at: 2, in: "a")
        // Two more slices for the first message, and a pass of its own for those that had it already.
        for _ in 0..<6 { stage.loop.advanceTime(by: .microseconds(20)) }
        let rest = try channels.map { try $0.writes().joined() }
        #expect(rest.allSatisfy { $0.hasSuffix("data: y\nid: e.2-0\n\n") })
        #expect(rest.filter { $0.hasPrefix("data: x") }.count == 600 - 256)
    }

    @Test func `a crowd that is due for its heartbeat together gets it in slices`() throws {
        let stage = try StreamStage(maximum: 1_000)
        let channels = try (0..<600).map { _ in try stage.open("a").channel }
        for channel in channels { _ = try channel.writes() }
        stage.loop.advanceTime(by: .seconds(16))
        var got: [Int] = []
        for _ in 0..<4 {
            got.append(try channels.map { try $0.writes().count { $0 == ":\n\n" } }.reduce(0, +))
            stage.loop.advanceTime(by: .microseconds(20))
        }
        #expect(got == [256, 256, 88, 0])
    }

    @Test func `who leaves while others of the crowd get their heartbeat takes nobody's turn away`() throws {
        let stage = try StreamStage(maximum: 1_000)
        let channels = try (0..<600).map { _ in try stage.open("a").channel }
        for channel in channels { _ = try channel.writes() }
        stage.loop.advanceTime(by: .seconds(16))
        for index in stride(from: 0, to: 600, by: 3) { try channels[index].close().wait() }
        for _ in 0..<2 {
            stage.loop.advanceTime(by: .microseconds(100))
            for index in 0..<600 where index % 3 != 0 { #expect(try channels[index].writes() == [":\n\n"]) }
            stage.loop.advanceTime(by: .seconds(16))
        }
    }

    @Test func `streams that leave in the middle of a pass make nobody miss a message`() throws {
        let stage = try StreamStage(maximum: 1_000)
        let channels = try (0..<600).map { _ in try stage.open("a").channel }
        for channel in channels { _ = try channel.writes() }
        stage.post("x", at: 1, in: "a")
        stage.loop.run()
        for index in stride(from: 0, to: 600, by: 3) { try channels[index].close().wait() }
        for _ in 0..<4 { stage.loop.advanceTime(by: .microseconds(20)) }
        for index in 0..<600 where index % 3 != 0 {
            #expect(try channels[index].writes() == ["data: x\nid: e.1-0\n\n"])
        }
    }

    @Test func `a stream whose socket is full stands still and goes on where it was`() throws {
        let stage = try StreamStage()
        let (slow, _) = try stage.open("a")
        let (quick, _) = try stage.open("a")
        _ = try (slow.writes(), quick.writes())
        slow.isWritable = false
        stage.post("1", at: 1, in: "a")
        stage.loop.run()
        stage.post("2", at: 2, in: "a")
        stage.post("3", at: 3, in: "a")
        stage.loop.run()
        // The first write is what filled the socket.
        #expect(try slow.writes() == ["data: 1\nid: e.1-0\n\n"])
        #expect(try quick.writes().count == 2)
        slow.isWritable = true
        slow.pipeline.fireChannelWritabilityChanged()
        #expect(try slow.writes().joined() == "data: 2\nid: e.2-0\n\ndata: 3\nid: e.3-0\n\n")
    }

    @Test func `bytes that a socket holds are not appended to`() throws {
        let stage = try StreamStage()
        let (channel, stream) = try stage.open("a")
        channel.isWritable = false
        stage.post("1", at: 1, in: "a")
        stage.loop.run()
        stage.post("2", at: 2, in: "a")
        stage.loop.run()
        #expect(stream.cursor.rooms.first?.log.segments.count == 2)
    }

    @Test func `a listener ahead of its node gets only what is behind its cursor`() throws {
        let stage = try StreamStage()
        stage.fanout.receive(.clock(at(100)))
        let (channel, _) = try stage.open("a", presented: "e.50-0")
        let ready = try channel.writes().joined()
        #expect(ready.contains("\"resumed\":true,\"replayed\":0"))
        #expect(ready.hasSuffix("\nid: e.50-0\n\n"))
    }

    @Test func `an unreadable cursor is told in every room, the last with the new cursor`() throws {
        let stage = try StreamStage()
        stage.fanout.receive(.clock(at(7)))
        let (channel, _) = try stage.open("a", "b", presented: "nonsense")
        let text = try channel.writes().joined()
        #expect(
            text.hasSuffix(
                "event: gap\ndata: {\"room\":\"a\",\"reason\":\"unknown-cursor\"}\nid: e.7-0\n\n"
                    + "event: gap\ndata: {\"room\":\"b\",\"reason\":\"unknown-cursor\"}\nid: e.7-0\n\n"
            )
        )
    }

    @Test func `a new history that lost messages is told to every open stream`() throws {
        let stage = try StreamStage()
        let (channel, _) = try stage.open("a", "b")
        stage.post("1", at: 5, in: "a")
        stage.loop.run()
        _ = try channel.writes()
        let new = try #require(Epoch("f"))
        stage.fanout.receive(.stalled)
        let seam = Seam(epoch: stage.epoch, top: at(3), isKept: false)
        stage.fanout.receive(.timeline(Timeline(epoch: new, seams: [seam])))
        stage.loop.run()
        #expect(
            try channel.writes().joined()
                == "event: gap\ndata: {\"room\":\"a\",\"reason\":\"data-lost\"}\nid: e.5-0\n\n"
                + "event: gap\ndata: {\"room\":\"b\",\"reason\":\"data-lost\"}\nid: f.3-0\n\n"
        )
    }

    @Test func `a new history that kept everything goes on silently`() throws {
        let stage = try StreamStage()
        let (channel, _) = try stage.open("a")
        stage.post("1", at: 5, in: "a")
        stage.loop.run()
        _ = try channel.writes()
        let new = try #require(Epoch("f"))
        stage.fanout.receive(.stalled)
        let seam = Seam(epoch: stage.epoch, top: at(5), isKept: true)
        stage.fanout.receive(.timeline(Timeline(epoch: new, seams: [seam])))
        let next = Entry(position: at(9), previous: at(5), body: ByteBuffer(string: "2"))
        stage.fanout.receive(.read(Room.named("a"), entries: [next], restart: nil))
        stage.loop.run()
        #expect(try channel.writes() == [])
        stage.fanout.receive(.whole(Room.named("a"), clock: at(9)))
        stage.loop.run()
        #expect(try channel.writes() == ["data: 2\nid: f.9-0\n\n"])
    }

    @Test func `a silent stream shows that it lives, one that just got something does not`() throws {
        let stage = try StreamStage(heartbeat: .seconds(8))
        let (silent, _) = try stage.open("a")
        let (busy, _) = try stage.open("b")
        _ = try (silent.writes(), busy.writes())
        for second in 1...9 as ClosedRange<UInt64> {
            stage.loop.advanceTime(by: .seconds(1))
            stage.post("x", at: second, in: "b")
            stage.loop.run()
        }
        #expect(try silent.writes() == [":\n\n"])
        #expect(try busy.writes().allSatisfy { $0.hasPrefix("data: x") })
    }

    @Test func `streams that come and go change nobody's heartbeats`() throws {
        let stage = try StreamStage(heartbeat: .seconds(4))
        var channels: [EmbeddedChannel] = []
        var beats: [[Int]] = []
        for second in 0..<40 {
            // Four come every second, and one of them leaves: a turn that is given away in its place would be missed.
            if second < 20 { channels += try (0..<4).map { _ in try stage.open("a").channel } }
            beats += (beats.count..<channels.count).map { _ in [] }
            for channel in channels { _ = try channel.writes() }
            if second % 3 == 2 { try channels[4 * (second / 3) + second % 4].close().wait() }
            stage.loop.advanceTime(by: .seconds(1))
            for (index, channel) in channels.enumerated() where try channel.writes() == [":\n\n"] {
                beats[index].append(second + 1)
            }
        }
        for (index, channel) in channels.enumerated() where channel.isActive {
            #expect(beats[index] == Array(stride(from: index / 4 + 5, through: 40, by: 5)))
        }
        #expect(channels.filter(\.isActive).count == 80 - 13)
    }

    @Test func `a reader that takes little, but takes it, is not slow`() throws {
        let stage = try StreamStage(slowLimit: .seconds(4))
        let (channel, _) = try stage.open("a")
        channel.isWritable = false
        stage.post("1", at: 1, in: "a")
        stage.loop.run()
        for _ in 0..<5 {
            // As much as a flush takes away is what the socket has taken.
            channel.write(ByteBuffer(string: "what NIO holds"), promise: nil)
            stage.loop.advanceTime(by: .seconds(2))
            channel.flush()
            stage.loop.advanceTime(by: .seconds(2))
        }
        #expect(try !channel.writes().joined().contains("bye"))
        stage.loop.advanceTime(by: .seconds(8))
        #expect(try channel.writes().joined().contains("\"reason\":\"slow\""))
    }

    @Test func `a stream whose socket takes nothing for too long is told so, and closed a second later`() throws {
        let stage = try StreamStage(slowLimit: .seconds(4))
        let (channel, _) = try stage.open("a")
        _ = try channel.writes()
        channel.isWritable = false
        stage.post("1", at: 1, in: "a")
        stage.loop.run()
        _ = try channel.writes()
        for _ in 0..<6 { stage.loop.advanceTime(by: .seconds(1)) }
        #expect(stage.streams.streams.isEmpty)
        #expect(try channel.writes().joined().hasSuffix("data: {\"reason\":\"slow\",\"reconnect\":true}\n\n"))
        stage.loop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test func `one stream too many is told to come back, with its cursor`() throws {
        let stage = try StreamStage(maximum: 1)
        _ = try stage.open("a")
        let (channel, _) = try stage.open("a", presented: "e.0-0")
        let text = try channel.writes().joined()
        #expect(text.hasPrefix("HEAD\nretry: "))
        #expect(text.hasSuffix("event: bye\ndata: {\"reason\":\"overloaded\",\"reconnect\":true}\nid: e.0-0\n\n"))
        stage.loop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
        #expect(stage.streams.streams.count == 1)
    }

    @Test func `a stream that leaves is gone from every table, its room after the linger`() throws {
        let stage = try StreamStage()
        let (channel, _) = try stage.open("a", "b")
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        stage.loop.run()
        #expect(stage.streams.streams.isEmpty)
        #expect(stage.streams.rooms.values.map(\.members.count) == [0, 0])
        for _ in 0..<12 { stage.loop.advanceTime(by: .seconds(1)) }
        #expect(stage.streams.rooms.isEmpty)
        #expect(stage.fanout.roomCount == 0)
    }

    @Test func `draining ends streams evenly and tells each`() throws {
        let stage = try StreamStage()
        let channels = try (0..<80).map { _ in try stage.open("a").channel }
        for channel in channels { _ = try channel.writes() }
        let done = stage.loop.makePromise(of: Void.self)
        stage.streams.drain(over: .milliseconds(400), done: done)
        var counts: [Int] = []
        for _ in 0..<8 {
            stage.loop.advanceTime(by: .milliseconds(50))
            counts.append(stage.streams.streams.count)
        }
        #expect(counts == [70, 60, 50, 40, 30, 20, 10, 0])
        stage.loop.advanceTime(by: .seconds(1))
        try done.futureResult.wait()
        for channel in channels {
            #expect(try channel.writes().joined().contains("event: bye\ndata: {\"reason\":\"draining\""))
        }
    }
}
