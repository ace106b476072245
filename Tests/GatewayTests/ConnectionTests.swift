import ChatGateway
import IntegrationSupport
import NIOCore
import Testing

/// What happens on one connection: requests, pipelines, and streams behind them.
@Suite struct ConnectionTests {
    @Test func `a stream opens on a fresh connection and on one that has served requests`() async throws {
        try await Node.with { node in
            let (fresh, _) = try await node.stream()
            let used = try await node.connect()
            for number in 0..<3 {
                try await used.post("/chat", "{\"n\":\(number)}")
                #expect(try await used.answer().status == 201)
            }
            try await used.request("GET", "/nothing")
            #expect(try await used.answer().status == 404)
            try await used.request("GET", "/chat")
            _ = try await used.ready()

            for number in 0..<3 { #expect(try await fresh.message().data.contains("\"n\":\(number)")) }
            let posted = try await node.post("{\"text\":\"to both\"}")
            #expect(try await fresh.message().data == posted)
            #expect(try await used.message().data == posted)
        }
    }

    @Test func `a stream in one packet with a post gets its answer first, then only what follows`() async throws {
        try await Node.with { node in
            let connection = try await node.connect()
            try await connection.send(
                RawConnection.post("/chat", "{\"n\":1}") + RawConnection.request("GET", "/chat?history=1")
                    + "bytes that no stream wants"
            )
            let answer = try await connection.answer()
            #expect(answer.status == 201 && answer["connection"] == nil)
            let ready = try await connection.ready()
            #expect(ready.data.contains("\"lobby\":{\"resumed\":false,\"replayed\":1}"))
            #expect(try await connection.message().data == answer.body)
            let second = try await node.post("{\"n\":2}")
            #expect(try await connection.message().data == second)
        }
    }

    @Test func `a stream that is asked for while an answer is pending opens behind it`() async throws {
        try await Node.with { node in
            node.broker.pause()
            let connection = try await node.connect()
            try await connection.post("/chat", "{}")
            try await eventually("the message waits") { node.broker.waitingCount == 1 }
            try await connection.request("GET", "/chat")
            try await connection.send("late bytes")
            node.broker.resume()
            #expect(try await connection.answer().status == 201)
            _ = try await connection.ready()
        }
    }

    @Test(arguments: [true, false])
    func `a client that leaves while its answer is pending leaves nothing`(isReset: Bool) async throws {
        try await Node.with { node in
            node.broker.pause()
            let connection = try await node.connect()
            try await connection.send(RawConnection.post("/chat", "{}") + RawConnection.request("GET", "/chat"))
            try await eventually("the message waits") { node.broker.waitingCount == 1 }
            if isReset { try await connection.reset() } else { try await connection.finish() }
            node.broker.resume()
            if !isReset { #expect(try await connection.end().hasPrefix("HTTP/1.1 201 ")) }
            try await eventually("the node follows no room") { node.broker.rooms.isEmpty }
        }
    }

    @Test func `a head in pieces is a head`() async throws {
        try await Node.with { node in
            let connection = try await node.connect()
            let bytes = Array(RawConnection.request("GET", "/events?room=a&room=b", ["Accept: text/event-stream"]).utf8)
            for start in stride(from: 0, to: bytes.count, by: 7) {
                try await connection.send(Array(bytes[start..<min(start + 7, bytes.count)]))
            }
            let ready = try await connection.ready()
            #expect(ready.data.contains("\"a\":") && ready.data.contains("\"b\":"))
        }
    }

    @Test func `pipelined requests are answered in order, whatever each is`() async throws {
        try await Node.with { node in
            let connection = try await node.connect()
            try await connection.send(
                RawConnection.post("/chat", "{\"n\":1}") + RawConnection.request("OPTIONS", "/chat")
                    + RawConnection.request("DELETE", "/chat") + RawConnection.post("/chat", "{\"n\":2}")
                    + RawConnection.request("GET", "/rooms/lobby/messages") + RawConnection.request("GET", "/nothing")
            )
            #expect(try await connection.answer().body.contains("\"n\":1"))
            #expect(try await connection.answer().status == 204)
            #expect(try await connection.answer().status == 405)
            #expect(try await connection.answer().body.contains("\"n\":2"))
            #expect(try await connection.answer().body.contains("\"n\":2"))
            #expect(try await connection.answer().status == 404)
        }
    }

    @Test func `all that a client sent before its FIN is answered`() async throws {
        try await Node.with { node in
            let connection = try await node.connect()
            try await connection.send(
                RawConnection.post("/chat", "{\"n\":1}") + RawConnection.post("/chat", "{\"n\":2}")
            )
            try await connection.finish()
            #expect(try await connection.answer().body.contains("\"n\":1"))
            #expect(try await connection.answer().body.contains("\"n\":2"))
            try await connection.end()
        }
    }

    @Test func `nonsense behind requests does not cost their answers`() async throws {
        try await Node.with { node in
            let connection = try await node.connect()
            try await connection.send(
                RawConnection.post("/chat", "{\"n\":1}") + RawConnection.post("/chat", "{\"n\":2}")
                    + "\u{1}\u{2}\r\n\r\n"
            )
            #expect(try await connection.answer().status == 201)
            #expect(try await connection.answer().status == 201)
            let last = try await connection.answer()
            #expect(last.status == 400 && last["connection"] == "close")
            try await connection.end()
        }
    }

    @Test func `a large answer reaches a client that has said all and reads late`() async throws {
        try await Node.with { node in
            let text = String(repeating: "x", count: 60_000)
            for _ in 0..<20 { try await node.post("{\"text\":\"\(text)\"}") }
            for fields in [[], ["Connection: close"]] {
                let connection = try await node.connect()
                try await connection.request("GET", "/rooms/lobby/messages?limit=20", fields)
                try await connection.finish()
                let answer = try await connection.answer()
                #expect(answer.status == 200 && answer.body.utf8.count > 900_000)
                try await connection.end()
            }
        }
    }

    @Test(arguments: ["Connection: close", "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings"])
    func `behind a last answer a request is not heeded`(fields: String) async throws {
        try await Node.with { node in
            let connection = try await node.connect()
            try await connection.send(
                RawConnection.post("/chat", "{}", [fields]) + RawConnection.request("GET", "/chat")
            )
            let answer = try await connection.answer()
            #expect(answer.status == 201 && answer["connection"] == "close")
            #expect(try await connection.end() == "")
        }
    }

    @Test(arguments: [(false, "keep-alive", false), (true, "keep-alive", false), (false, "", true)])
    func `HTTP/1.0 is understood, with and without keep-alive`(
        isStream: Bool,
        connectionField: String,
        closes: Bool
    ) async throws {
        try await Node.with { node in
            let connection = try await node.connect()
            let keep = connectionField.isEmpty ? "" : "Connection: \(connectionField)\r\n"
            let post = "POST /chat HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\(keep)\r\n{}"
            try await connection.send(post)
            let first = try await connection.answer()
            #expect(first.status == 201)
            #expect(first["connection"] == (closes ? "close" : "keep-alive"))
            #expect(first["content-length"] == "\(first.body.utf8.count)")
            if closes {
                try await connection.end()
            } else if isStream {
                try await connection.send("GET /chat HTTP/1.0\r\n\r\n")
                _ = try await connection.ready()
            } else {
                try await connection.send(post)
                #expect(try await connection.answer().status == 201)
            }
        }
    }

    @Test func `a body that waits for 100 Continue is asked for`() async throws {
        try await Node.with { node in
            let connection = try await node.connect()
            let fields = ["Content-Type: application/json", "Content-Length: 7", "Expect: 100-continue"]
            try await connection.request("POST", "/chat", fields)
            let invitation = try await connection.answer()
            #expect(invitation.status == 100 && invitation.fields == [])
            try await connection.send("{\"n\":1}")
            #expect(try await connection.answer().status == 201)
            try await connection.post("/chat", "{}")
            #expect(try await connection.answer().status == 201)
        }
    }

    @Test func `a client that takes no answers is not read from, whatever it asks`() async throws {
        try await Node.with { node in
            let text = String(repeating: "x", count: 60_000)
            for _ in 0..<16 { try await node.post("{\"text\":\"\(text)\"}") }
            let reader = try await node.connect()
            let request = RawConnection.request("GET", "/rooms/lobby/messages?limit=16")
            let count = 30
            try await reader.send(String(repeating: request, count: count))
            for _ in 0..<count {
                let answer = try await reader.answer()
                #expect(answer.body.utf8.count > 900_000)
                #expect(answer["x-request-id"]?.isEmpty == false)
            }
        }
    }
}
