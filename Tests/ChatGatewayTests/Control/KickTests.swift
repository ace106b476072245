import Testing

@testable import ChatGateway

/// Which streams of a loop an operator's word reaches.
@Suite struct KickTests {
    @Test func `a name that only looks the same is another user`() throws {
        let stage = try StreamStage()
        let (ann, _) = try stage.open("a", user: "Ren\u{e9}")
        let (other, _) = try stage.open("a", user: "Rene\u{301}")
        for channel in [ann, other] { _ = try channel.writes() }
        #expect(stage.streams.summaries(after: nil, limit: 10, user: "Rene\u{301}").count == 1)
        #expect(stage.streams.kick(.user("Ren\u{e9}")).isEmpty)
        stage.loop.run()
        #expect(try ann.writes().joined().contains("event: bye"))
        #expect(try other.writes().isEmpty)
    }

    @Test func `a stream is found by its id, and tells whose it was`() throws {
        let stage = try StreamStage()
        let (ann, stream) = try stage.open("a", user: "ann")
        _ = try ann.writes()
        #expect(stage.streams.kick(.stream("no id")).isEmpty)
        #expect(stage.streams.kick(.stream(String(stream.id, radix: 36))) == ["ann"])
        stage.loop.run()
        #expect(try ann.writes().joined().contains("event: bye"))
    }
}
