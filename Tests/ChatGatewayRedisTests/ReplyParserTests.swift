import NIOCore
import NIOEmbedded
import Testing

@testable import ChatGatewayRedis

@Suite struct ReplyParserTests {
    private func replies(_ text: String, pieces: Int = .max, limits: ReplyParser.Limits = .init()) throws -> [Reply] {
        let parser = try #require(ReplyParser(limits: limits))
        var replies: [Reply] = []
        var rest = ByteBuffer(string: text)
        while rest.readableBytes > 0, let piece = rest.readSlice(length: min(pieces, rest.readableBytes)) {
            try parser.feed(piece) { replies.append($0) }
        }
        return replies
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func repliesAreTheSameHoweverTheirBytesArrive(pieces: Int) throws {
        let text =
            "+OK\r\n:-42\r\n$-1\r\n*3\r\n$7\r\nmessage\r\n$0\r\n\r\n*2\r\n:1\r\n$-1\r\n-OOM full\r\n*-1\r\n*0\r\n"
        let replies = try replies(text, pieces: pieces)
        #expect(replies.count == 7)
        var status = replies[0].reader
        #expect(status.string() == "OK")
        var number = replies[1].reader
        #expect(number.integer() == -42)
        var null = replies[2].reader
        #expect(null.sliceOrNull() == .some(nil))
        var array = replies[3].reader
        #expect(array.array() == 3)
        #expect(array.string() == "message")
        #expect(array.slice() == ByteBuffer())
        #expect(array.isAtArray)
        #expect(array.array() == 2)
        #expect(array.integer() == 1)
        #expect(array.sliceOrNull() == .some(nil))
        #expect(array.integer() == nil)
        #expect(replies[4].error == "OOM full")
        var empty = replies[6].reader
        #expect(empty.array() == 0)
    }

    @Test(arguments: [
        "hello\r\n", "$x\r\n", ":1x\r\n", "*9999999999999999999\r\n", "$99999999999999999999999\r\n",
        "$-5\r\n", "\u{0}",
    ])
    func whatIsNoReplyIsAnError(text: String) throws {
        #expect(throws: ProtocolError.self) { try replies(text) }
    }

    @Test func arraysInArraysWithoutEndAreAnError() throws {
        #expect(throws: ProtocolError.self) { try replies(String(repeating: "*1\r\n", count: 100)) }
    }

    @Test func aStringThatNeverEndsIsAnErrorAtTheLimit() throws {
        let limits = ReplyParser.Limits(bytes: 100_000, nodes: 10)
        #expect(throws: ProtocolError.self) {
            try replies("$2000000000\r\n" + String(repeating: "x", count: 200_000), limits: limits)
        }
    }

    @Test func anArrayOfTooManyValuesIsAnErrorAtTheLimit() throws {
        let limits = ReplyParser.Limits(bytes: 1 << 20, nodes: 100)
        #expect(throws: ProtocolError.self) {
            try replies("*2000000000\r\n" + String(repeating: ":1\r\n", count: 10_000), limits: limits)
        }
    }

    @Test func randomBytesNeverCrash() throws {
        var random = SplitMix(seed: 4711)
        for _ in 0..<20_000 {
            let alphabet = Array("*$:+-,_#%~>=(0123456789\r\n\r\n\r\nab".utf8)
            let bytes = (0..<Int.random(in: 1...60, using: &random)).map { _ in alphabet.randomElement(using: &random) }
            let parser = try #require(ReplyParser())
            var buffer = ByteBuffer()
            buffer.writeBytes(bytes.compactMap { $0 })
            try? parser.feed(buffer) { reply in
                var reader = reply.reader
                _ = reader.array()
                _ = reader.string()
                _ = reader.slice()
            }
        }
    }

    @Test func aHandlerClosesTheLinkOnAPeerThatIsNoRedis() throws {
        let channel = EmbeddedChannel(handler: CodecHandler())
        try channel.connect(to: .init(unixDomainSocketPath: "/none")).wait()
        #expect(throws: ProtocolError.self) { try channel.writeInbound(ByteBuffer(string: "HTTP/1.1 400\r\n")) }
        #expect(!channel.isActive)
    }

    @Test func commandsAreWrittenWithTheLengthOfEachWord() throws {
        let channel = EmbeddedChannel(handler: CodecHandler())
        var command = Command("SET", "", "é")
        command.append(7)
        command.append(ByteBuffer(string: "a\r\n\u{0}b"))
        try channel.writeOutbound(command)
        let bytes = try #require(try channel.readOutbound(as: ByteBuffer.self))
        #expect(
            String(buffer: bytes) == "*5\r\n$3\r\nSET\r\n$0\r\n\r\n$2\r\né\r\n$1\r\n7\r\n$5\r\na\r\n\u{0}b\r\n"
        )
        _ = try channel.finish()
    }
}

/// A generator whose numbers a seed repeats.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
