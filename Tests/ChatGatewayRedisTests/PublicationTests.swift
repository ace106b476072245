import ChatGateway
import NIOCore
import Testing

@testable import ChatGatewayRedis

@Suite struct PublicationTests {
    private let epoch = Epoch("abc")

    @Test(arguments: [nil, Epoch("abc"), Epoch("ab"), Epoch("abcd")])
    func aMessageIsReadWhateverEpochIsExpected(known: Epoch?) throws {
        let epoch = try #require(epoch)
        let entry = Entry(
            position: Position(milliseconds: 12, sequence: 3),
            previous: Position(milliseconds: 4, sequence: 0),
            body: ByteBuffer(string: "{\"a b\":\" \"}")
        )
        let payload = ByteBuffer(string: "m abc 12-3 4-0 {\"a b\":\" \"}")
        #expect(Publication(payload, known: known) == .message(epoch, entry))
    }

    @Test func aBoundAProbeAMarkAndAnEmptyBodyAreRead() throws {
        let epoch = try #require(epoch)
        let entry = Entry(
            position: Position(milliseconds: 12, sequence: 3),
            previous: .zero,
            previousIsBound: true,
            body: ByteBuffer()
        )
        #expect(Publication(ByteBuffer(string: "m abc 12-3 ~0-0 "), known: nil) == .message(epoch, entry))
        let top = Position(milliseconds: 12, sequence: 3)
        #expect(Publication(ByteBuffer(string: "p 7 abc 12-3"), known: epoch) == .probe(7, epoch, top))
        #expect(Publication(ByteBuffer(string: "t ann b"), known: nil) == .signal(.typing(user: "ann b")))
        let origin = try #require(Origin(stream: 35, isAnonymous: true))
        #expect(Publication(ByteBuffer(string: "o 12-3 z?"), known: nil) == .origin(top, origin))
        let change = PresenceChange(streams: 3, joined: ["a b", "聊"], left: [""])
        #expect(Publication(ByteBuffer(string: "s 3 2 1 3 a b3 聊0 "), known: nil) == .signal(.presence(change)))
        #expect(Publication(ByteBuffer(string: "r 8 abc 12-3"), known: nil) == .mark(8, epoch, top))
    }

    @Test(arguments: [
        "", " ", "m", "m ", "x abc 1-0 0-0 body", "m abc", "m abc 1-0", "m abc 1 0-0 body", "m a_c 1-0 0-0 body",
        "p abc abc 1-0", "p 1 abc", "p 1 abc 1-0 more", "r -1 abc 1-0", "m abc 1-0 ~~0-0 body", "t", "t ", "s 1 1 0 ",
        "s 1 0 0", "s 1 0 0 2 a", "s -1 0 0 ", "s 1 2 0 1 a", "o 1-0 ",
        "o 1-0 z z", "o 1 z",
        "mabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij",
    ])
    func whatTheScriptsDoNotPublishIsIgnored(text: String) {
        #expect(Publication(ByteBuffer(string: text), known: epoch) == nil)
    }
}
