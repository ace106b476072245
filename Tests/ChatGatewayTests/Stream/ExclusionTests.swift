import NIOCore
import NIOEmbedded
import Testing

@testable import ChatGateway

/// What a stream with `exclude=me` gets, and what the others get beside it.
@Suite struct ExclusionTests {
    private func body(_ number: Int, _ user: String? = nil) -> String {
        user.map { "{\"n\":\(number),\"user\":\"\($0)\"}" } ?? "{\"n\":\(number)}"
    }

    private func sse(_ number: Int, _ user: String? = nil) -> String {
        "data: \(body(number, user))\nid: e.\(number)-0\n\n"
    }

    private func id(_ number: Int) -> String { "id: e.\(number)-0\n\n" }

    private func post(
        _ stage: StreamStage,
        _ number: Int,
        by user: String? = nil,
        from stream: EventStream? = nil,
        isAnonymous: Bool = false,
        in room: String = "a"
    ) {
        let entry = Entry(
            position: at(UInt64(number)),
            previous: .zero,
            body: ByteBuffer(string: body(number, user)),
            origin: Origin(stream: stream?.id, isAnonymous: isAnonymous)
        )
        stage.fanout.receive(.message(Room.named(room), entry))
    }

    @Test func `messages of the stream and of its user are left out, and the cursor moves on`() throws {
        let stage = try StreamStage()
        let (mine, stream) = try stage.open("a", user: "ann", excludesOwn: true)
        let (other, _) = try stage.open("a", user: "ann")
        for channel in [mine, other] { _ = try channel.writes() }
        post(stage, 1, by: "bo")
        post(stage, 2, by: "ann")
        post(stage, 3, from: stream)
        post(stage, 4, by: "bo")
        post(stage, 5, by: "\\u0061nn")
        stage.loop.run()
        #expect(try mine.writes().joined() == sse(1, "bo") + sse(4, "bo") + id(5))
        #expect(stream.cursor.position == at(5))
        #expect(try other.writes().count == 1)
        post(stage, 6, from: stream)
        stage.loop.run()
        #expect(try mine.writes() == [id(6)])
        #expect(try other.writes() == [sse(6)])
    }

    @Test func `who claims a name where names are known keeps nothing from its owner`() throws {
        let stage = try StreamStage()
        let (mine, _) = try stage.open("a", user: "ann", excludesOwn: true)
        _ = try mine.writes()
        post(stage, 1, by: "ann", isAnonymous: true)
        stage.loop.run()
        #expect(try mine.writes() == [sse(1, "ann")])
    }

    @Test func `a stream without a name leaves out only what names it`() throws {
        let stage = try StreamStage()
        let (mine, stream) = try stage.open("a", excludesOwn: true)
        _ = try mine.writes()
        post(stage, 1)
        post(stage, 2, from: stream)
        post(stage, 3, by: "")
        stage.loop.run()
        #expect(try mine.writes().joined() == sse(1) + sse(3, ""))
    }

    @Test func `what is replayed is left out too, and not counted`() throws {
        let stage = try StreamStage()
        let (listener, _) = try stage.open("a")
        for number in 1...6 { post(stage, number, by: number % 3 == 0 ? "bo" : "ann") }
        stage.loop.run()
        let (mine, _) = try stage.open("a", presented: "e.1-0", user: "ann", excludesOwn: true)
        let text = try mine.writes().joined()
        #expect(text.contains("\"replayed\":2}"))
        #expect(text.hasSuffix("id: e.1-0\n\n" + sse(3, "bo") + sse(6, "bo")))
        try listener.close().wait()
    }

    @Test func `in several rooms the order holds, whatever is left out`() throws {
        let stage = try StreamStage()
        let (mine, stream) = try stage.open("a", "b", user: "ann", excludesOwn: true)
        _ = try mine.writes()
        for number in 1...8 {
            post(stage, number, by: number % 4 < 2 ? "ann" : "bo", in: number % 2 == 0 ? "a" : "b")
        }
        stage.loop.run()
        #expect(try mine.writes().joined() == [2, 3, 6, 7].map { sse($0, "bo") }.joined() + id(8))
        #expect(stream.cursor.position == at(8))
    }

    @Test func `streams that leave nothing out of a message share it`() throws {
        let room = LoopRoom(room: .named("a"))
        room.restart(at: .zero)
        for number in 1...3 {
            let entry = Entry(
                position: at(UInt64(number)),
                previous: .zero,
                body: ByteBuffer(string: body(number, "bo"))
            )
            let epoch = try #require(Epoch("e"))
            _ = room.append(Frame(entry, epoch: epoch, previous: room.log.end))
        }
        let place = RoomLog.Place(segment: 0, mark: 0)
        let own = room.slice(at: place, leavingOut: Exclusion(stream: 1, user: "ann"))
        #expect(own.count == 3 && !own.isLeftOut && own.bytes == room.slice(at: place).bytes)
        let left = room.slice(at: place, leavingOut: Exclusion(stream: 1, user: "bo"))
        #expect(left.isLeftOut && left.position == at(3) && left.bytes.readableBytes == 0)
    }

    @Test(arguments: ["", "0", "3w5e11264sgsf", "3w5e11264sgsf?", "?"])
    func `an origin is read as it is written`(text: String) {
        #expect(Origin(text)?.description == (text.isEmpty ? nil : text))
    }

    @Test(arguments: ["-1", "+1", " 1", "ä", "3w5e11264sgsg", "1??", "1 ?"])
    func `what is no origin is none`(text: String) {
        #expect(Origin(text) == nil)
    }
}
