import NIOCore
import Testing

@testable import ChatGatewayClient

/// The rules of WHATWG HTML, "Server-sent events", 9.2.6, each by an example.
@Suite struct EventStreamParserTests {
    /// What is read of a stream that comes in pieces.
    private func events(_ pieces: [some Sequence<UInt8>]) throws -> [ServerSentEvent] {
        var parser = EventStreamParser()
        var events: [ServerSentEvent] = []
        for piece in pieces {
            parser.feed(ByteBuffer(bytes: Array(piece)))
            while let event = try parser.next() { events.append(event) }
        }
        return events
    }

    private func events(_ text: String) throws -> [ServerSentEvent] { try events([Array(text.utf8)]) }

    @Test func `an event has a name, data and an id`() throws {
        #expect(
            try events("event: ready\ndata: {}\nid: a.1-0\n\ndata: x\n\n") == [
                ServerSentEvent(name: "ready", data: "{}", lastEventID: "a.1-0"),
                ServerSentEvent(data: "x", lastEventID: "a.1-0"),
            ]
        )
    }

    @Test(arguments: ["\n", "\r", "\r\n"])
    func `lines end with LF, CR or both`(end: String) throws {
        let text = ["data: a", "data: b", "", "data: c", "", ""].joined(separator: end)
        #expect(try events(text).map(\.data) == ["a\nb", "c"])
    }

    @Test func `however a stream is cut into pieces it says the same`() throws {
        let text = "\u{FEFF}: hi\r\nevent: é\r\ndata: 聊\rdata: b\r\n\r\nid: 7\ndata\n\nretry: 5\r\rdata:  c\n\n"
        let bytes = Array(text.utf8)
        let whole = try events([bytes])
        #expect(whole.map(\.data) == ["聊\nb", "", " c"])
        #expect(whole.map(\.name) == ["é", "message", "message"])
        #expect(whole.map(\.lastEventID) == ["", "7", "7"])
        #expect(try events(bytes.map { [$0] }) == whole)
        for cut in bytes.indices {
            #expect(try events([bytes[..<cut], bytes[cut...]]) == whole, "cut at \(cut)")
        }
    }

    @Test func `a byte order mark counts for nothing at the beginning, and only there`() throws {
        #expect(try events("\u{FEFF}data: a\n\n\u{FEFF}data: b\n\ndata: c\n\n").map(\.data) == ["a", "c"])
    }

    @Test func `comments, unknown fields and fields with other letters are passed over`() throws {
        #expect(try events(":\n: x\nData: a\ndata : b\n dat: c\nfoo\n\ndata: d\n\n").map(\.data) == ["d"])
    }

    @Test func `only one space is taken off a value`() throws {
        #expect(try events("data:a\n\ndata: a\n\ndata:  a\n\ndata:\ta\n\n").map(\.data) == ["a", "a", " a", "\ta"])
    }

    @Test func `an event without data is none, but its id counts`() throws {
        var parser = EventStreamParser()
        parser.feed(ByteBuffer(string: "event: x\nid: 1\n\n"))
        #expect(try parser.next() == nil)
        #expect(parser.lastEventID == "1")
        parser.feed(ByteBuffer(string: "data: y\n\n"))
        #expect(try parser.next() == ServerSentEvent(data: "y", lastEventID: "1"))
    }

    @Test func `an id counts when its event is complete`() throws {
        var parser = EventStreamParser(lastEventID: "0")
        parser.feed(ByteBuffer(string: "data: y\nid: 1\n"))
        #expect(try parser.next() == nil)
        #expect(parser.lastEventID == "0")
        parser.feed(ByteBuffer(string: "\n"))
        #expect(try parser.next()?.lastEventID == "1")
        #expect(parser.lastEventID == "1")
    }

    @Test func `an id with NUL in it is none, and an empty one takes the last away`() throws {
        #expect(try events("id: 1\nid: a\0b\ndata: x\n\nid\ndata: y\n\n").map(\.lastEventID) == ["1", ""])
    }

    @Test(
        arguments: [
            ("1500", 1500), ("0", 0), ("007", 7), ("", nil), ("1.5", nil), ("-1", nil), ("+1", nil), (" 1", nil),
            ("1 ", nil),
            ("٣", nil), ("99999999999999999999", Int.max),
        ] as [(String, Int?)]
    )
    func `retry takes digits alone`(value: String, expected: Int?) throws {
        var parser = EventStreamParser()
        parser.feed(ByteBuffer(string: "retry: \(value)\n"))
        #expect(try parser.next() == nil)
        #expect(parser.retry == expected)
    }

    @Test func `an event whose end is missing is none`() throws {
        #expect(try events("data: a\n\ndata: b\n").map(\.data) == ["a"])
    }

    @Test func `what is no UTF-8 is shown as such`() throws {
        #expect(try events([[UInt8]("data: a".utf8) + [0xFF] + [UInt8]("\n\n".utf8)]).map(\.data) == ["a\u{FFFD}"])
    }

    @Test func `a line may have so many bytes and no more, in one piece or in many`() throws {
        for pieces in [1, 3, 10] {
            for (length, fits) in [(10, true), (11, false)] {
                var parser = EventStreamParser(maximumLine: 10)
                let line = Array("data: abcdefgh".utf8.prefix(length)) + [0x0A, 0x0A]
                let read = { (parser: inout EventStreamParser) throws(EventStreamError) in
                    for start in stride(from: 0, to: line.count, by: line.count / pieces) {
                        parser.feed(ByteBuffer(bytes: line[start..<min(start + line.count / pieces, line.count)]))
                        while try parser.next() != nil {}
                    }
                }
                if fits {
                    try read(&parser)
                } else {
                    #expect(throws: EventStreamError.lineTooLong) { try read(&parser) }
                }
            }
        }
    }

    @Test func `the longest message of a gateway is read, with what it adds`() throws {
        var parser = EventStreamParser()
        let message = String(repeating: "x", count: (1 << 20) + (32 << 10))
        parser.feed(ByteBuffer(string: "data: \(message)\nid: 1\n\n"))
        #expect(try parser.next()?.data.utf8.count == message.utf8.count)
    }

    @Test func `an endless line is given up before its end`() {
        var parser = EventStreamParser(maximumLine: 1_000)
        #expect(throws: EventStreamError.lineTooLong) {
            for _ in 0..<100 {
                parser.feed(ByteBuffer(repeating: UInt8(ascii: "x"), count: 100))
                _ = try parser.next()
            }
        }
    }

    @Test func `an event may have so much data and no more`() throws {
        for (lines, fits) in [(5, true), (6, false)] {
            var parser = EventStreamParser(maximumData: 10)
            parser.feed(ByteBuffer(string: String(repeating: "data: x\n", count: lines) + "\n"))
            if fits {
                #expect(try parser.next()?.data == "x\nx\nx\nx\nx")
            } else {
                #expect(throws: EventStreamError.eventTooLong) { try parser.next() }
            }
        }
    }
}
