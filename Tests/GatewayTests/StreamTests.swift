import ChatGateway
import IntegrationSupport
import NIOCore
import Testing

/// What goes over a stream: its head, its events, their order and their bytes.
@Suite struct StreamTests {
    @Test func `a stream's head says what it is, and that its end is the connection's`() async throws {
        try await Node.with { node in
            for target in ["/chat", "/rooms/a/events", "/events?room=a"] {
                let connection = try await node.connect()
                try await connection.request("GET", target)
                let head = try await connection.head()
                #expect(head.status == 200)
                #expect(head["content-type"] == "text/event-stream")
                #expect(head["cache-control"] == "no-store, no-transform")
                #expect(head["x-accel-buffering"] == "no")
                #expect(head["connection"] == "close")
                #expect(head["x-request-id"] != nil)
                #expect(head["transfer-encoding"] == nil && head["content-length"] == nil)
                #expect(!head.fields.contains { $0.lowercased().hasPrefix("access-control-") })
            }
        }
    }

    @Test func `ready comes first, with retry before it and the cursor behind it`() async throws {
        try await Node.with { node in
            let (connection, ready) = try await node.stream("/rooms/%E8%81%8A%E5%A4%A9/events")
            #expect(ready.names == ["retry", "event", "data", "id"])
            #expect((1_000...3_000).contains(Int(ready["retry"] ?? "") ?? 0))
            let data = try #require(
                ready.data.wholeMatch(
                    of: /\{"node":"test","stream":"([0-9a-z]+)","rooms":\{"聊天":\{"resumed":false,"replayed":0\}\}\}/
                )
            )
            #expect(!data.1.isEmpty)
            let id = try #require(ready.id)
            #expect(id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f })

            let posted = try await node.post("{\"text\":\"1\"}", to: "%E8%81%8A%E5%A4%A9")
            let message = try await connection.message()
            #expect(message.names == ["data", "id"])
            #expect(message.data == posted)
        }
    }

    @Test func `HEAD of a stream is its head, then the end`() async throws {
        try await Node.with { node in
            let connection = try await node.connect()
            try await connection.request("OPTIONS", "/chat")
            _ = try await connection.answer()
            try await connection.request("HEAD", "/chat")
            let head = try await connection.head()
            #expect(head.status == 200 && head["content-type"] == "text/event-stream")
            #expect(head["connection"] == "close")
            #expect(head["transfer-encoding"] == nil && head["content-length"] == nil)
            #expect(try await connection.end() == "")
            let refused = try await node.answer("HEAD", "/events")
            #expect(refused.status == 400 && refused["content-type"] == "application/problem+json")
            #expect(node.broker.rooms.isEmpty)
        }
    }

    @Test func `rooms are named by bytes, percent-encoded or not`() async throws {
        try await Node.with { node in
            let rooms = ["聊天室", "a b", "💬", "é", "e\u{301}", "a+b", "100%", "\u{301}x", "<&\"'>", "..", "a;b=c,d"]
            for room in rooms {
                let encoded = room.utf8.map { "%" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
                let (inPath, _) = try await node.stream("/rooms/\(encoded)/events")
                let (inQuery, _) = try await node.stream("/events?room=\(encoded)")
                let posted = try await node.post("{\"in\":1}", to: encoded)
                #expect(try await inPath.message().data == posted)
                #expect(try await inQuery.message().data == posted)
                await inPath.close()
                await inQuery.close()
            }
            try await eventually("the node follows no room") { node.broker.rooms.isEmpty }
        }
    }

    @Test func `a name that is not percent-encoded is refused`() async throws {
        try await Node.with { node in
            for name in [Array("聊".utf8), [0xff, 0xfe], Array("a b".utf8)] {
                for line in [("POST", "messages"), ("GET", "events")] {
                    let connection = try await node.connect()
                    try await connection.send(
                        Array("\(line.0) /rooms/".utf8) + name
                            + Array("/\(line.1) HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".utf8)
                    )
                    #expect(try await connection.answer().status == 400)
                }
            }
        }
    }

    @Test func `a comment comes on silent streams only`() async throws {
        try await Node.with {
            $0.heartbeat = .milliseconds(400)
        } _: { node in
            let (silent, _) = try await node.stream("/rooms/silent/events")
            let (busy, _) = try await node.stream("/rooms/busy/events")
            var comments = 0
            var posted = ContinuousClock.now
            while comments < 2 {
                let last = posted
                posted = ContinuousClock.now
                try await node.post("{}", to: "busy")
                // A slow machine may make pauses; a comment never comes sooner than its time after the last message.
                while try await busy.event().isComment { #expect(ContinuousClock.now - last >= .milliseconds(400)) }
                guard await silent.stirs(within: .milliseconds(50)) else { continue }
                #expect(try await silent.event().lines == [":"])
                comments += 1
            }
        }
    }

    // MARK: Beginning in the past

    @Test func `history replays the last messages of each room, merged in order`() async throws {
        try await Node.with { node in
            for number in 0..<6 { try await node.post("{\"n\":\(number)}", to: number.isMultiple(of: 2) ? "a" : "b") }
            let (connection, ready) = try await node.stream("/events?room=b&room=a&history=2")
            #expect(ready.data.contains("\"a\":{\"resumed\":false,\"replayed\":2}"))
            #expect(ready.data.contains("\"b\":{\"resumed\":false,\"replayed\":2}"))
            for number in 2..<6 { #expect(try await connection.message().data.contains("\"n\":\(number)")) }
            let (none, state) = try await node.stream("/rooms/a/events?history=0")
            #expect(state.data.contains("\"replayed\":0"))
            let next = try await node.post("{\"n\":6}", to: "a")
            #expect(try await none.message().data == next)
            #expect(try await connection.message().data == next)
        }
    }

    @Test func `a cursor continues behind its message, and the header's wins over the query's`() async throws {
        try await Node.with { node in
            let (first, _) = try await node.stream()
            var ids: [String] = []
            for number in 0..<4 {
                try await node.post("{\"n\":\(number)}")
                ids.append(try #require(try await first.message().id))
            }
            #expect(Set(ids).count == 4)
            let (byQuery, state) = try await node.stream("/chat?last_event_id=\(ids[2])&history=4")
            #expect(state.id == ids[2])
            #expect(state.data.contains("\"lobby\":{\"resumed\":true,\"replayed\":1}"))
            #expect(try await byQuery.message().data.contains("\"n\":3"))
            let (byHeader, ready) = try await node.stream("/chat?last_event_id=\(ids[2])", ["Last-Event-ID: \(ids[0])"])
            #expect(ready.id == ids[0])
            for number in 1..<4 { #expect(try await byHeader.message().data.contains("\"n\":\(number)")) }
            // A cursor is good for any set of rooms.
            let (both, _) = try await node.stream("/events?room=lobby&room=other&last_event_id=\(ids[1])")
            #expect(try await both.message().data.contains("\"n\":2"))
        }
    }

    @Test func `a cursor that cannot be read is a gap, and the stream goes on`() async throws {
        try await Node.with { node in
            try await node.post("{\"n\":0}")
            let (connection, ready) = try await node.stream("/chat", ["Last-Event-ID: 41"])
            #expect(ready.data.contains("\"resumed\":false"))
            let gap = try await connection.message()
            #expect(gap.names == ["event", "data", "id"] && gap.event == "gap")
            #expect(gap.data == "{\"room\":\"lobby\",\"reason\":\"unknown-cursor\"}")
            #expect(gap.id == ready.id)
            let next = try await node.post("{\"n\":1}")
            #expect(try await connection.message().data == next)

            let (replaying, _) = try await node.stream("/chat?history=1", ["Last-Event-ID: 41"])
            #expect(try await replaying.message().event == "gap")
            #expect(try await replaying.message().data == next)
        }
    }

    @Test func `a cursor of another history is a gap in every room, then all that is retained`() async throws {
        try await Node.with { node in
            let first = try await node.post("{\"n\":0}", to: "a")
            let (connection, _) = try await node.stream("/events?room=a&room=b", ["Last-Event-ID: abc.1-0"])
            for room in ["a", "b"] {
                let gap = try await connection.message()
                #expect(gap.event == "gap" && gap.data == "{\"room\":\"\(room)\",\"reason\":\"data-lost\"}")
            }
            #expect(try await connection.message().data == first)
        }
    }

    // MARK: Rooms of a stream

    @Test func `a stream of 100 rooms has one order, each room once`() async throws {
        try await Node.with { node in
            let rooms = (0..<100).map { "r\($0)" }
            let query = (rooms + ["r7"]).map { "room=\($0)" }.joined(separator: "&")
            let (connection, ready) = try await node.stream("/events?\(query)")
            #expect(ready.data.components(separatedBy: "\"replayed\"").count == 101)
            var posted: [String] = []
            for number in 0..<120 {
                posted.append(try await node.post("{\"n\":\(number)}", to: "r\(number * 37 % 100)"))
            }
            for message in posted { #expect(try await connection.message().data == message) }
        }
    }

    // MARK: Framing

    @Test func `nothing in a message or a name breaks the framing`() async throws {
        try await Node.with { node in
            let texts = [
                #"{"text":"a\r\nb\n\ndata: x\u0000\u2028\u2029\u0085"}"#,
                "{\"text\":\"\u{2028}\u{2029}\u{85}\u{feff}💬\"}", "{\r\n\"text\"\r:\n\"data: x\"\t}",
                "{\"\":\": event: bye\"}", "{}",
                "{\"text\":\"" + String(repeating: "é", count: 32_000) + "\"}",
            ]
            let (connection, _) = try await node.stream()
            for text in texts {
                let posted = try await node.post(text)
                let event = try await connection.message()
                #expect(event.names == ["data", "id"])
                #expect(event.data == posted)
                #expect(!posted.utf8.contains { $0 < 0x20 })
            }
        }
    }

    // MARK: Endings

    @Test func `a node that is full says so, and repeats the cursor it was shown`() async throws {
        try await Node.with {
            $0.maxStreams = 1
        } _: { node in
            let (held, ready) = try await node.stream()
            let cursor = try #require(ready.id)
            for presented in [cursor, nil, "41"] {
                let connection = try await node.connect()
                try await connection.request("GET", "/chat", presented.map { ["Last-Event-ID: \($0)"] } ?? [])
                let head = try await connection.head()
                #expect(head.status == 200 && head["content-type"] == "text/event-stream")
                let bye = try await connection.event()
                #expect(bye.event == "bye" && bye.data == "{\"reason\":\"overloaded\",\"reconnect\":true}")
                #expect((5_000...15_000).contains(Int(bye["retry"] ?? "") ?? 0))
                #expect(bye.names == ["retry", "event", "data"] + (presented == cursor ? ["id"] : []))
                if presented == cursor { #expect(bye.id == cursor) }
                #expect(try await connection.end() == "")
            }
            #expect(node.broker.rooms.map(\.name) == ["lobby"])
            let posted = try await node.post("{}")
            #expect(try await held.message().data == posted)
        }
    }

    @Test func `a stopping node is not ready, ends its streams and answers what is under way`() async throws {
        try await Node.with {
            $0.drain = .seconds(1)
        } _: { node in
            var streams: [RawConnection] = []
            for _ in 0..<20 { streams.append(try await node.stream().0) }
            let idle = try await node.connect()
            try await idle.post("/chat", "{}")
            #expect(try await idle.answer().status == 201)
            node.broker.pause()
            let pending = try await node.connect()
            try await pending.post("/chat", "{\"last\":1}")
            try await eventually("the message waits") { node.broker.waitingCount == 1 }
            let ops = try await RawConnection(port: node.opsPort)
            try await ops.request("GET", "/readyz")
            #expect(try await ops.answer().status == 200)

            await node.stop()
            try await eventually("the node is not ready") {
                try await ops.request("GET", "/readyz")
                let answer = try await ops.answer()
                return answer.status == 503 && answer.body == #"{"status":"not-ready","reason":"draining"}"#
            }
            try await ops.request("GET", "/livez")
            #expect(try await ops.answer().status == 200)
            #expect(try await idle.end() == "")
            node.broker.resume()
            let last = try await pending.answer()
            #expect(last.status == 201 && last["connection"] == "close")
            for stream in streams {
                var event = try await stream.message()
                while event.event == "message" { event = try await stream.message() }
                #expect(event.names == ["retry", "event", "data"])
                #expect(event.data == "{\"reason\":\"draining\",\"reconnect\":true}")
                #expect((200...2_000).contains(Int(event["retry"] ?? "") ?? 0))
                #expect(try await stream.end() == "")
            }
            await #expect(throws: (any Error).self) { try await node.connect() }
        }
    }
}
