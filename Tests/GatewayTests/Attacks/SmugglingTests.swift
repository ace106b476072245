import ChatGateway
import IntegrationSupport
import Testing

/// Requests that a proxy may read differently than the node: what it takes for a body must not become a request.
///
/// Two lengths, length with chunks, a bare LF, folded fields and more are in ``RefusalTests``.
@Suite struct SmugglingTests {
    private static let hidden = RawConnection.post("/rooms/smuggled/messages", "{}")
    private static let line = "POST /chat HTTP/1.1\r\nHost: a\r\n"
    private static let json = "Content-Type: application/json\r\n"

    private static let requests: [(name: String, bytes: String)] = {
        let chunked = line + json + "Transfer-Encoding: chunked\r\n"
        return [
            ("two codings", line + json + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
            ("a coding before chunks", line + json + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
            ("chunks twice", line + json + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
            ("two fields of codings", chunked + "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
            ("nearly chunked", line + json + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
            ("chunked in quotes", line + json + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
            ("a vertical tab before chunked", line + json + "Transfer-Encoding: \u{b}chunked\r\n\r\n0\r\n\r\n"),
            ("a tab in the name", line + json + "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"),
            ("chunks in HTTP/1.0", "POST /chat HTTP/1.0\r\n" + json + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            (
                "length first, then chunks",
                line + json + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
            ("a list of lengths", line + json + "Content-Length: 2, 2\r\n\r\n{}"),
            ("a length in hexadecimal", line + json + "Content-Length: 0x2\r\n\r\n{}"),
            ("two numbers", line + json + "Content-Length: 2 2\r\n\r\n{}"),
            ("a length below zero", line + json + "Content-Length: -1\r\n\r\n{}"),
            ("a length that wraps around", line + json + "Content-Length: 18446744073709551618\r\n\r\n{}"),
            ("an empty length", line + json + "Content-Length: \r\n\r\n{}"),
            ("a chunk's length in C's hexadecimal", chunked + "\r\n0x2\r\n{}\r\n0\r\n\r\n"),
            ("a chunk's length with a sign", chunked + "\r\n+2\r\n{}\r\n0\r\n\r\n"),
            ("a chunk's length that wraps around", chunked + "\r\n10000000000000002\r\n{}\r\n0\r\n\r\n"),
            ("a chunk that ends with LF", chunked + "\r\n2\n{}\r\n0\r\n\r\n"),
            ("a chunk without its end", chunked + "\r\n2\r\n{}0\r\n\r\n"),
            ("a chunk longer than announced", chunked + "\r\n2\r\n{ }\r\n0\r\n\r\n"),
            ("a length behind the chunks", chunked + "\r\n2\r\n{}\r\n0\r\nContent-Length: 100\r\n\r\n"),
            ("a CR in a field", line + json + "X: a\rContent-Length: 2\r\n\r\n{}"),
            ("a field without a colon", line + json + "Content-Length\r\n\r\n"),
            ("a field without a name", line + json + ": 2\r\n\r\n"),
            ("a first field that is folded", "POST /chat HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n"),
            ("a NUL in a name", line + "Content-\0Length: 2\r\n\r\n{}"),
            ("CR twice behind the line", "POST /chat HTTP/1.1\r\r\nHost: a\r\n\r\n"),
            ("no version", "POST /chat\r\nHost: a\r\n\r\n"),
            ("another version", "POST /chat HTTP/1.10\r\nHost: a\r\n\r\n"),
            ("a tab in the line", "POST\t/chat\tHTTP/1.1\r\nHost: a\r\n\r\n"),
            ("a space in the target", "POST /chat /x HTTP/1.1\r\nHost: a\r\n\r\n"),
            ("a CR in the target", "POST /chat\r/x HTTP/1.1\r\nHost: a\r\n\r\n"),
        ]
    }()

    @Test func `what cannot be read in one way only is refused, and nothing behind it is heeded`() async throws {
        try await Node.with { node in
            for (name, bytes) in Self.requests {
                let connection = try await node.connect()
                try await connection.send(bytes + Self.hidden)
                do {
                    let answer = try await connection.answer()
                    #expect(answer.status == 400 && answer["connection"] == "close", "\(name): \(answer)")
                    #expect(try await connection.end() == "", "\(name)")
                } catch {
                    Issue.record("\(name): \(error)")
                }
            }
            let list = try await node.answer("GET", "/rooms/smuggled/messages")
            #expect(list.body.contains("\"messages\":[]"), "\(list)")
        }
    }

    @Test func `extensions and trailers of chunks change nothing`() async throws {
        try await Node.with { node in
            let connection = try await node.connect()
            let head = Self.line + Self.json + "Transfer-Encoding: chunked\r\n\r\n"
            try await connection.send(
                head + "2;a=\"b;c\"\r\n{}\r\n0;x\r\nX-Room: smuggled\r\n\r\n"
                    + RawConnection.post("/chat", "{\"n\":2}")
            )
            let first = try await connection.answer()
            #expect(first.status == 201, "\(first)")
            #expect(try await connection.answer().body.contains("\"n\":2"))
        }
    }
}
