import ChatGatewayTesting
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import ChatGateway

/// Heads that are read at sight, against HTTP's own decoder: what is taken must mean the same to both.
@Suite struct PlainHeadTests {
    private static let browser = """
        GET /chat?last_event_id=e.1-0 HTTP/1.1\r
        Host: localhost:8080\r
        Connection: keep-alive\r
        sec-ch-ua: "Not A;Brand";v="99", "Chromium";v="130"\r
        Accept: text/event-stream\r
        Cache-Control: no-cache\r
        User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r
        Last-Event-ID: e.1-0\r
        Cookie: a=b; c="d e"\r
        X-Empty:\r
        X-Blanks: \t a \t b\r
        \r

        """

    private func plain(_ text: String) -> PlainHead? { plain(Array(text.utf8)) }

    private func plain(_ bytes: [UInt8]) -> PlainHead? { bytes.withUnsafeBytes { PlainHead($0) } }

    /// What the decoder makes of the same bytes; nil where that is not one whole request without a body.
    private func decoded(_ bytes: [UInt8]) throws -> HTTPRequestHead? {
        let channel = EmbeddedChannel(
            handler: ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
        )
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        guard (try? channel.writeInbound(ByteBuffer(bytes: bytes))) != nil,
            case .head(let head) = try channel.readInbound(as: HTTPServerRequestPart.self),
            case .end(nil) = try channel.readInbound(as: HTTPServerRequestPart.self),
            try channel.readInbound(as: HTTPServerRequestPart.self) == nil
        else { return nil }
        return head
    }

    private func expectSame(_ bytes: [UInt8], _ comment: Comment? = nil) throws {
        guard let plain = plain(bytes) else { return }
        let head = try #require(try decoded(bytes), comment)
        #expect(head.method == .GET && head.version == .http1_1, comment)
        #expect(plain.target == head.uri, comment)
        #expect(plain.headers.map { [$0.name, $0.value] } == head.headers.map { [$0.name, $0.value] }, comment)
        #expect(head.headers["host"].count == 1, comment)
    }

    @Test func `a browser's request is taken`() throws {
        let head = try #require(plain(Self.browser))
        #expect(head.target == "/chat?last_event_id=e.1-0")
        #expect(head.headers["last-event-id"] == ["e.1-0"])
        #expect(head.headers["x-empty"] == [""])
        #expect(head.headers["x-blanks"] == ["a \t b"])
        try expectSame(Array(Self.browser.utf8))
    }

    @Test(arguments: [
        "POST /chat HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD /chat HTTP/1.1\r\nHost: a\r\n\r\n",
        "get /chat HTTP/1.1\r\nHost: a\r\n\r\n", "GET /chat HTTP/1.0\r\nHost: a\r\n\r\n",
        "GET http://a/chat HTTP/1.1\r\nHost: a\r\n\r\n", "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET  /chat HTTP/1.1\r\nHost: a\r\n\r\n", "GET /chat  HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nGET /chat HTTP/1.1\r\nHost: a\r\n\r\n", "GET /chat HTTP/1.1\r\n\r\n",
        "GET /chat HTTP/1.1\r\nHost: a\r\nHOST: b\r\n\r\n", "GET /chat HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET /chat HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "GET /chat HTTP/1.1\nHost: a\n\n",
        "GET /chat HTTP/1.1\r\nHost: a\r\nA: b\n\r\n", "GET /chat HTTP/1.1\r\nHost: a\r\nA: \u{e9}\r\n\r\n",
        "GET /chat HTTP/1.1\r\nHost: a\r\nA: \u{0}\r\n\r\n", "GET /ch\u{e4}t HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /chat HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "GET /chat HTTP/1.1\r\nHost: a\r\nTransfer-encoding: chunked\r\n\r\n",
        "GET /chat HTTP/1.1\r\nHost: a\r\nexpect: 100-continue\r\n\r\n",
        "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n", "GET /chat HTTP/1.1\r\nHost: a\r\n\r\nG",
        "GET /chat HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", "GET /chat HTTP/1.1\r\nHost: a\r\nA: b \r\n\r\n",
        "GET /chat HTTP/1.1\r\nHost: a\r\n",
    ])
    func `what is not plain is left to the decoder`(_ text: String) {
        #expect(plain(text) == nil)
    }

    @Test func `of a head that is cut off anywhere nothing is taken`() {
        let bytes = Array(Self.browser.utf8)
        for count in 0..<bytes.count { #expect(plain(Array(bytes[..<count])) == nil) }
    }

    @Test func `every byte at every place means what it means to the decoder, or is left to it`() throws {
        let bytes = Array("GET /a?b=c HTTP/1.1\r\nHost: d\r\nE-f: g h\r\n\r\n".utf8)
        var taken = 0
        for index in bytes.indices {
            for byte in UInt8.min ... .max {
                var other = bytes
                other[index] = byte
                try expectSame(other, "\(byte) at \(index)")
                other.insert(bytes[index], at: index)
                try expectSame(other, "\(byte) before \(index)")
                if plain(other) != nil { taken += 1 }
            }
        }
        #expect(taken > 1_000)
    }

    @Test func `heads put together at random mean what they mean to the decoder, or are left to it`() throws {
        let pieces = [
            "GET ", "/", "/chat", "?a=b", " HTTP/1.1", "\r\n", "\r", "\n", "Host: a", "host:b", "A: b", "Connection: ",
            "close", "upgrade", "Content-Length: ", "0", "Transfer-Encoding: ", "chunked", ":", " ", "\t", ",", ";",
            "#",
            "\"", "<", "{", "|", "\\", "^", "`", "_", "~", "\u{7f}", "Proxy-Connection: close",
            "Upgrade-Insecure-Requests: 1",
        ]
        var generator = SeededGenerator(seed: 1)
        var taken = 0
        for _ in 0..<20_000 {
            var text = Bool.random(using: &generator) ? "GET /chat HTTP/1.1\r\nHost: a\r\n" : "GET /"
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                text += pieces.randomElement(using: &generator) ?? ""
            }
            text += Bool.random(using: &generator) ? "\r\n\r\n" : "\r\nHost: a\r\n\r\n"
            try expectSame(Array(text.utf8), "\(text.debugDescription)")
            if plain(text) != nil { taken += 1 }
        }
        #expect(taken > 200)
    }
}
