import NIOCore
import NIOHTTP1
import Testing

@testable import chat_gateway

/// What is read of a stream, whatever a server writes.
struct StreamRecordTests {
    private static let stream = AnswerHead(status: 200, fields: ["Content-Type": "text/event-stream; charset=utf-8"])

    private func record(_ pieces: [String]) throws -> StreamRecord {
        var record = StreamRecord()
        record.opened(Self.stream)
        for (index, piece) in pieces.enumerated() {
            try record.received(ByteBuffer(string: piece), at: .seconds(index))
        }
        return record
    }

    @Test func `events are read wherever the pieces end`() throws {
        let text = """
            retry: 1000
            event: ready
            data: {"node":"a","stream":"s","rooms":{"hall":{"resumed":true,"replayed":1}}}
            id: e.1-0

            event: gap
            data: {"room":"hall","reason":"expired"}

            data: {"id":"doctor-1","text":"one"}
            id: e.2-0

            data: {"id":"another","text":"two"}

            event: bye
            data: {"reason":"draining","reconnect":true}


            """
        let whole = try record([text])
        #expect(whole.ready == Ready(data: #"{"node":"a","stream":"s","rooms":{"hall":{"resumed":true}}}"#))
        #expect(whole.ready?.isResumed == true && whole.cursor == "e.1-0")
        #expect(whole.gaps == ["expired"] && whole.bye == "draining")
        #expect(whole.messages == ["doctor-1": .zero])
        let pieces = try record(text.map(String.init))
        #expect(pieces.ready == whole.ready && pieces.cursor == whole.cursor && pieces.gaps == whole.gaps)
        #expect(pieces.bye == whole.bye && Set(pieces.messages.keys) == ["doctor-1"])
    }

    @Test func `comments break the silence`() throws {
        var record = try record([":\n\n", ":\n\n"])
        #expect(record.longestSilence == .seconds(1) && record.firstByteAt == .zero)
        try record.received(ByteBuffer(string: ":\n\n"), at: .seconds(21))
        #expect(record.longestSilence == .seconds(20) && record.lastByteAt == .seconds(21))
        #expect(!record.isSettled)
    }

    @Test func `what is no event of a gateway's is passed over`() throws {
        let record = try record(["event: ready\ndata: []\nid: \u{1}\n\n", "data: nonsense\n\n", "event: gap\ndata\n\n"])
        #expect(record.ready == nil && record.cursor == nil && record.messages == [:])
        let long = String(repeating: "x", count: StreamRecord.maximumCursorBytes + 1)
        #expect(try self.record(["event: ready\ndata: {}\nid: \(long)\n\n"]).cursor == nil)
    }

    @Test func `an event without an end, and a stream without one, are given up`() throws {
        var record = try record(["data: "])
        let piece = ByteBuffer(repeating: 0x78, count: 64 * 1024)
        #expect(throws: RequestFailure.endless) {
            for _ in 0...StreamRecord.maximumEventBytes / piece.readableBytes { try record.received(piece, at: .zero) }
        }
        var compressed = StreamRecord()
        compressed.opened(
            AnswerHead(status: 200, fields: ["Content-Type": "text/event-stream", "Content-Encoding": "br"])
        )
        #expect(throws: RequestFailure.endless) {
            for _ in 0...StreamRecord.maximumBytes / piece.readableBytes { try compressed.received(piece, at: .zero) }
        }
    }
}
