import ChatGateway
import Foundation
import IntegrationSupport
import NIOCore
import Testing

/// Every refusal of the contract, with its status and its problem.
@Suite struct RefusalTests {
    /// A request that is refused, and how.
    struct Case: Sendable {
        var name: String
        var bytes: String
        var status: Int
        var detail: String?
        var fields: [String: String] = [:]
    }

    private static let refused: [Case] = {
        let request = RawConnection.request
        let post = RawConnection.post
        let json = "Content-Type: application/json"
        let badRoom = "A room's name is"
        return [
            // What names nothing, or not this way.
            Case(name: "unknown path", bytes: request("GET", "/nothing", []), status: 404),
            Case(name: "unknown path to post to", bytes: post("/rooms/a/nothing", "{}", []), status: 404),
            Case(name: "slash at the end", bytes: post("/chat/", "{}", []), status: 404),
            Case(name: "two slashes", bytes: post("//chat", "{}", []), status: 404),
            Case(name: "no room", bytes: post("/rooms//messages", "{}", []), status: 400, detail: badRoom),
            Case(name: "no room to type in", bytes: post("/rooms//typing", "{}", []), status: 400, detail: badRoom),
            Case(name: "nobody's room", bytes: request("GET", "/rooms//presence", []), status: 400, detail: badRoom),
            Case(
                name: "stream to be deleted",
                bytes: request("DELETE", "/chat", []),
                status: 405,
                fields: ["Allow": "GET, HEAD, POST, OPTIONS"]
            ),
            Case(
                name: "post to a stream",
                bytes: post("/rooms/a/events", "{}", []),
                status: 405,
                fields: ["Allow": "GET, HEAD, OPTIONS"]
            ),
            Case(
                name: "post to all streams",
                bytes: post("/events", "{}", []),
                status: 405,
                fields: ["Allow": "GET, HEAD, OPTIONS"]
            ),
            Case(
                name: "put of a message",
                bytes: request("PUT", "/rooms/a/messages", []),
                status: 405,
                fields: ["Allow": "GET, HEAD, POST, OPTIONS"]
            ),
            Case(
                name: "post to the page",
                bytes: post("/", "{}", []),
                status: 405,
                fields: ["Allow": "GET, HEAD, OPTIONS"]
            ),
            // Targets.
            Case(name: "broken percent-encoding", bytes: post("/rooms/%4/messages", "{}", []), status: 400),
            Case(name: "not UTF-8", bytes: post("/rooms/%FF/messages", "{}", []), status: 400),
            Case(name: "not UTF-8 on a stream", bytes: request("GET", "/rooms/%C3%28/events", []), status: 400),
            Case(name: "slash in a room", bytes: post("/rooms/a%2Fb/messages", "{}", []), status: 400, detail: badRoom),
            Case(name: "NUL in a room", bytes: request("GET", "/rooms/%00/events", []), status: 400, detail: badRoom),
            Case(
                name: "long room",
                bytes: request("GET", "/rooms/\(String(repeating: "a", count: 129))/events", []),
                status: 400,
                detail: badRoom
            ),
            Case(name: "no rooms", bytes: request("GET", "/events", []), status: 400),
            Case(name: "an empty room", bytes: request("GET", "/events?room=", []), status: 400, detail: badRoom),
            Case(
                name: "101 rooms",
                bytes: request("GET", "/events?" + (0..<101).map { "room=r\($0)" }.joined(separator: "&"), []),
                status: 400,
                detail: "at most 100 rooms"
            ),
            Case(name: "history that is no number", bytes: request("GET", "/chat?history=x", []), status: 400),
            Case(name: "no path", bytes: request("GET", "*", []), status: 400),
            Case(name: "a tunnel", bytes: request("CONNECT", "example.org:443", []), status: 400),
            // Bodies.
            Case(
                name: "no type",
                bytes: "POST /chat HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
                status: 415
            ),
            Case(name: "form", bytes: request("POST", "/chat", ["Content-Type: text/plain"]), status: 415),
            Case(name: "JSON lines", bytes: request("POST", "/chat", ["Content-Type: application/json5"]), status: 415),
            Case(name: "no body", bytes: request("POST", "/chat", [json]), status: 400),
            Case(name: "no object", bytes: post("/chat", "[1]", []), status: 400),
            Case(name: "no JSON", bytes: post("/chat", "{'a':1}", []), status: 400),
            Case(name: "name twice", bytes: post("/chat", #"{"a":1,"\u0061":2}"#, []), status: 400),
            Case(name: "lone surrogate or none", bytes: post("/chat", #"{"a":"\uD800x"#, []), status: 400),
            Case(
                name: "too deep",
                bytes: post(
                    "/chat",
                    "{\"a\":" + String(repeating: "[", count: 64) + String(repeating: "]", count: 64) + "}",
                    []
                ),
                status: 400
            ),
            Case(name: "bad id", bytes: post("/chat", #"{"id":"a b"}"#, []), status: 400),
            Case(name: "id that is no string", bytes: post("/chat", #"{"id":7}"#, []), status: 400),
            // Expectations and heads.
            Case(
                name: "unknown expectation",
                bytes: request("POST", "/chat", [json, "Expect: a-pony"]),
                status: 417,
                fields: ["Connection": "close"]
            ),
            Case(
                name: "long target",
                bytes: request("GET", "/chat?x=\(String(repeating: "x", count: 16_400))", []),
                status: 431,
                fields: ["Connection": "close"]
            ),
            Case(
                name: "long field",
                bytes: request("GET", "/chat", ["X: \(String(repeating: "x", count: 16_400))"]),
                status: 431
            ),
            Case(
                name: "long target and long field",
                bytes: request(
                    "GET",
                    "/chat?x=\(String(repeating: "x", count: 9_000))",
                    ["X: \(String(repeating: "x", count: 9_000))"]
                ),
                status: 431
            ),
            Case(
                name: "many fields",
                bytes: request("GET", "/chat", (0..<1_000).map { "X\($0): 123456789012" }),
                status: 431
            ),
            // What different readers could read differently.
            Case(name: "two lengths", bytes: post("/chat", "{}", ["Content-Length: 2"]), status: 400),
            Case(name: "two different lengths", bytes: post("/chat", "{}", ["Content-Length: 20"]), status: 400),
            Case(name: "length and chunks", bytes: post("/chat", "{}", ["Transfer-Encoding: chunked"]), status: 400),
            Case(
                name: "a length with a sign",
                bytes: request("POST", "/chat", [json, "Content-Length: +2"]),
                status: 400
            ),
            Case(
                name: "unknown coding",
                bytes: request("POST", "/chat", [json, "Transfer-Encoding: gzip"]),
                status: 400
            ),
            Case(name: "bare LF", bytes: "GET /nothing HTTP/1.1\nHost: a\n\n", status: 400),
            Case(name: "space before the colon", bytes: request("GET", "/chat", ["X : 1"]), status: 400),
            Case(
                name: "a folded field",
                bytes: request("GET", "/chat", ["X: 1\r\n Transfer-Encoding: chunked"]),
                status: 400
            ),
            Case(name: "NUL in a field", bytes: request("GET", "/chat", ["X: a\0b"]), status: 400),
            Case(name: "no host", bytes: "GET /chat HTTP/1.1\r\n\r\n", status: 400),
            Case(name: "two hosts", bytes: request("GET", "/chat", ["Host: other"]), status: 400),
            Case(name: "HTTP/2's greeting", bytes: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", status: 400),
            Case(name: "nonsense", bytes: "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", status: 400),
            // Cursors.
            Case(
                name: "no cursor",
                bytes: request("GET", "/rooms/a/messages?after=41", []),
                status: 410
            ),
            Case(
                name: "another history's cursor",
                bytes: request("GET", "/rooms/a/messages?after=abc.1-0", []),
                status: 410
            ),
            Case(name: "limit of 0", bytes: request("GET", "/rooms/a/messages?limit=0", []), status: 400),
        ]
    }()

    @Test func `each refusal has its status and a problem that names the request`() async throws {
        try await Node.with { node in
            for refused in Self.refused {
                let answer: RawAnswer
                do {
                    answer = try await node.answer(refused.bytes)
                } catch {
                    Issue.record("\(refused.name): \(error)")
                    continue
                }
                #expect(answer.status == refused.status, "\(refused.name): \(answer)")
                #expect(answer["content-type"] == "application/problem+json", "\(refused.name): \(answer)")
                #expect(answer["cache-control"] == "no-store", "\(refused.name): \(answer)")
                for (name, value) in refused.fields {
                    #expect(answer[name] == value, "\(refused.name): \(answer)")
                }
                let problem = try JSONDecoder().decode(ProblemBody.self, from: Data(answer.body.utf8))
                #expect(problem.type == "about:blank" && problem.status == refused.status, "\(refused.name)")
                #expect(!problem.title.isEmpty && !problem.detail.isEmpty, "\(refused.name)")
                if let detail = refused.detail { #expect(problem.detail.contains(detail), "\(refused.name)") }
                #expect(!problem.request_id.isEmpty && problem.request_id == answer["x-request-id"], "\(refused.name)")
                #expect(answer["access-control-allow-origin"] == nil)
            }
            #expect(node.broker.rooms.isEmpty)
        }
    }

    @Test func `a request's id is taken over into its answer and its problem`() async throws {
        try await Node.with { node in
            let field = "X-Request-ID: from-the-proxy:1"
            #expect(try await node.answer("GET", "/", [field])["x-request-id"] == "from-the-proxy:1")
            let refused = try await node.answer("GET", "/nothing", [field])
            #expect(refused["x-request-id"] == "from-the-proxy:1")
            #expect(refused.body.contains("\"request_id\":\"from-the-proxy:1\""))
            let connection = try await node.connect()
            try await connection.request("GET", "/chat", [field])
            #expect(try await connection.head()["x-request-id"] == "from-the-proxy:1")
            let other = try await node.answer("GET", "/nothing", ["X-Request-ID: two words"])
            #expect(other["x-request-id"].map { !$0.isEmpty && $0 != "two words" } == true)
        }
    }

    @Test func `a refusal before the end of a request is readable while the client still sends`() async throws {
        try await Node.with { node in
            let megabyte = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
            for isChunked in [false, true] {
                let connection = try await node.connect()
                let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(10 << 20)"
                try await connection.request("POST", "/chat", ["Content-Type: application/json", framing])
                for _ in 0..<10 {
                    if isChunked { try await connection.send("100000\r\n") }
                    try await connection.send(megabyte)
                    if isChunked { try await connection.send("\r\n") }
                }
                if isChunked { try await connection.send("0\r\n\r\n") }
                let answer = try await connection.answer()
                #expect(answer.status == 413 && answer["connection"] == "close")
                #expect(answer["content-type"] == "application/problem+json")
                #expect(try await connection.end() == "")
            }
        }
    }

    @Test func `a body at the limit is taken, and one byte more is not`() async throws {
        try await Node.with {
            $0.maxBody = 100
        } _: { node in
            let fill = { (count: Int) in "{\"a\":\"" + String(repeating: "x", count: count - 8) + "\"}" }
            let chunked = RawConnection.request(
                "POST",
                "/chat",
                ["Content-Type: application/json", "Transfer-Encoding: chunked"]
            )
            let cases = [
                (RawConnection.post("/chat", fill(100)), 201), (RawConnection.post("/chat", fill(101)), 413),
                (chunked + "64\r\n\(fill(100))\r\n0\r\n\r\n", 201),
                (chunked + "32\r\n\(fill(50))\r\n33\r\n\(fill(51))\r\n0\r\n\r\n", 413),
            ]
            for (bytes, status) in cases {
                let answer = try await node.answer(bytes)
                #expect(answer.status == status)
            }
        }
    }

    @Test func `a head of 16 KiB is taken`() async throws {
        try await Node.with { node in
            let answer = try await node.answer("GET", "/nothing?\(String(repeating: "x", count: 16_200))")
            #expect(answer.status == 404)
        }
    }

    // MARK: Slow clients

    @Test func `a head that comes byte by byte is cut off`() async throws {
        try await Node.with {
            $0.requests.headTimeout = .seconds(1)
        } _: { node in
            let connection = try await node.connect()
            try await drip(
                RawConnection.request("GET", "/chat", ["X: \(String(repeating: "x", count: 1_000))"]),
                connection
            )
            try await expectCutOff(connection)
        }
    }

    @Test func `a later head that comes byte by byte is cut off too`() async throws {
        try await Node.with {
            $0.requests.headTimeout = .seconds(1)
        } _: { node in
            let connection = try await node.connect()
            try await connection.post("/chat", "{}")
            #expect(try await connection.answer().status == 201)
            try await drip(
                RawConnection.request("GET", "/chat", ["X: \(String(repeating: "x", count: 1_000))"]),
                connection
            )
            try await expectCutOff(connection)
        }
    }

    @Test func `a body that comes byte by byte is refused in time`() async throws {
        try await Node.with {
            $0.requests.bodyTimeout = .seconds(1)
        } _: { node in
            let connection = try await node.connect()
            try await drip(
                RawConnection.post("/chat", String(repeating: " ", count: 1_000)),
                connection,
                slowBehind: 90
            )
            let answer = try await connection.answer()
            #expect(answer.status == 408 && answer["connection"] == "close")
            #expect(try await connection.end() == "")
        }
    }

    @Test func `a connection without a request is closed in time`() async throws {
        try await Node.with {
            $0.requests.headTimeout = .seconds(1)
            $0.requests.idleTimeout = .seconds(1)
        } _: { node in
            let fresh = try await node.connect()
            let used = try await node.connect()
            try await used.post("/chat", "{}")
            #expect(try await used.answer().status == 201)
            #expect(try await fresh.end() == "")
            #expect(try await used.end() == "")
        }
    }

    /// Waits for the end of a connection that gets no answer; what is under way to the node makes it a reset.
    private func expectCutOff(_ connection: RawConnection) async throws {
        do {
            #expect(try await connection.end() == "")
        } catch let ending as RawEnding {
            #expect(ending.how == .reset && ending.rest == "")
        }
    }

    /// Sends slowly until the node closes or answers.
    private func drip(_ text: String, _ connection: RawConnection, slowBehind: Int = 0) async throws {
        let bytes = Array(text.utf8)
        try await connection.send(Array(bytes[..<slowBehind]))
        for byte in bytes[slowBehind...] {
            guard (try? await connection.send([byte])) != nil else { return }
            if await connection.stirs(within: .milliseconds(10)) { return }
        }
    }
}

/// A problem as clients read it.
private struct ProblemBody: Decodable {
    var type: String
    var title: String
    var status: Int
    var detail: String
    var request_id: String
}
