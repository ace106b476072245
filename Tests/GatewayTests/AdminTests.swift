import Foundation
import IntegrationSupport
import Testing

/// What operators see of a node and can do to it, over its ops listener.
@Suite struct AdminTests {
    private struct Streams: Decodable {
        struct Stream: Decodable {
            var stream: String
            var user: String?
            var address: String?
            var rooms: [String]
            var roomCount: Int
            private enum CodingKeys: String, CodingKey {
                case stream, user, address, rooms
                case roomCount = "room_count"
            }
        }
        var streams: [Stream]
        var next: String?
    }

    private struct Rooms: Decodable {
        struct Room: Decodable, Equatable {
            var room: String
            var streams: Int
        }
        var rooms: [Room]
        var next: String?
    }

    private func get(_ target: String, _ fields: [String] = []) -> String {
        "GET \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields.map { "\($0)\r\n" }.joined()
            + "\r\n"
    }

    private func post(_ target: String, _ body: String, _ fields: [String] = []) -> String {
        "POST \(target) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n" + fields.map { "\($0)\r\n" }.joined() + "\r\n" + body
    }

    private func decode<Value: Decodable>(_ answer: RawAnswer) throws -> Value {
        try #require(answer.status == 200, "\(answer)")
        return try JSONDecoder().decode(Value.self, from: Data(answer.body.utf8))
    }

    @Test func `the node tells how it is`() async throws {
        try await Node.with { node in
            let (listener, _) = try await node.stream("/events?room=a&room=b")
            let answer = try await node.ops(get("/admin/node"))
            #expect(answer.status == 200)
            let told = try #require(JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
            #expect(told["node"] as? String == "test")
            #expect(told["ready"] as? Bool == true)
            #expect(told["streams"] as? Int == 1)
            #expect(told["rooms"] as? Int == 2)
            await listener.close()
        }
    }

    @Test func `streams are listed page by page, each once`() async throws {
        try await Node.with { node in
            var listeners: [RawConnection] = []
            for index in 0..<25 {
                let rooms = (0...index).map { "room=r\($0)" }.joined(separator: "&")
                listeners.append(try await node.stream("/events?\(rooms)&user=u\(index % 2)").0)
            }
            var seen: [Streams.Stream] = []
            var target = "/admin/streams?limit=10"
            for _ in 0..<3 {
                let page: Streams = try decode(try await node.ops(get(target)))
                seen += page.streams
                target = "/admin/streams?limit=10&after=\(page.next ?? "")"
                #expect((page.next == nil) == (seen.count == 25))
            }
            #expect(seen.count == 25 && Set(seen.map(\.stream)).count == 25)
            #expect(seen.map(\.roomCount).sorted() == Array(1...25))
            #expect(seen.allSatisfy { $0.rooms.count == min($0.roomCount, 10) && $0.address == "127.0.0.1" })
            let mine: Streams = try decode(try await node.ops(get("/admin/streams?user=u1")))
            #expect(mine.streams.count == 12 && mine.streams.allSatisfy { $0.user == "u1" })
            for listener in listeners { await listener.close() }
        }
    }

    @Test func `rooms are listed by name with their streams`() async throws {
        try await Node.with { node in
            var listeners: [RawConnection] = []
            for target in ["/rooms/a/events", "/events?room=a&room=b", "/rooms/%E8%81%8A/events"] {
                listeners.append(try await node.stream(target).0)
            }
            let first: Rooms = try decode(try await node.ops(get("/admin/rooms?limit=2")))
            #expect(first.rooms == [.init(room: "a", streams: 2), .init(room: "b", streams: 1)])
            #expect(first.next == "b")
            let second: Rooms = try decode(try await node.ops(get("/admin/rooms?limit=2&after=b")))
            #expect(second.rooms == [.init(room: "聊", streams: 1)])
            #expect(second.next == nil)
            for listener in listeners { await listener.close() }
        }
    }

    @Test func `a user's streams are ended for good, and others' are not`() async throws {
        try await Node.with { node in
            let (ann, _) = try await node.stream("/chat?user=ann")
            let (annAgain, _) = try await node.stream("/rooms/x/events?user=ann")
            let (bob, _) = try await node.stream("/chat?user=bob")
            let answer = try await node.ops(post("/admin/disconnect", #"{"user":"ann"}"#))
            #expect(answer.status == 202 && answer.body == #"{"nodes":1}"#)
            for stream in [ann, annAgain] {
                let bye = try await stream.message()
                #expect(bye.event == "bye" && bye.data == #"{"reason":"kicked","reconnect":false}"#)
                try await stream.end()
            }
            // Not barred: may come back.
            let (back, _) = try await node.stream("/chat?user=ann")
            try await node.post(#"{"text":"still here"}"#)
            #expect(try await bob.message().data.contains("still here"))
            let kicked = try node.metrics.expectCounter("chat_gateway_streams_ended", [("reason", "kicked")])
            #expect(kicked.totalValue == 2)
            for stream in [back, bob] { await stream.close() }
        }
    }

    @Test func `who is barred gets 204 until the bar is lifted`() async throws {
        try await Node.with { node in
            let (ann, ready) = try await node.stream("/chat?user=ann")
            let id = try #require(ready.data.firstMatch(of: /"stream":"([^"]+)"/)).output.1
            let answer = try await node.ops(post("/admin/disconnect", #"{"stream":"\#(id)","bar":"10m"}"#))
            #expect(answer.status == 202)
            #expect(try await ann.message().event == "bye")
            try await ann.end()
            // The bar of a stream's user goes round by the control plane.
            try await eventually("ann is barred") { try await node.answer("GET", "/chat?user=ann", []).status == 204 }
            let barred = try await node.answer("GET", "/rooms/x/events?user=ann")
            #expect(barred.status == 204 && barred.body.isEmpty && barred["cache-control"] == "no-store")
            let (bob, _) = try await node.stream("/chat?user=bob")
            await bob.close()
            #expect(try await node.ops(post("/admin/disconnect", #"{"user":"ann","bar":"0s"}"#)).status == 202)
            let (back, _) = try await node.stream("/chat?user=ann")
            await back.close()
        }
    }

    @Test func `with tokens it is the token's user who is barred, from everything`() async throws {
        try await Node.withTokens { node, issuer in
            let ann = bearer(try issuer.token("ann", read: ["*"], write: ["*"]))
            let bob = bearer(try issuer.token("bob", read: ["*"], write: ["*"]))
            let (stream, _) = try await node.stream("/chat?user=bob", [ann])
            let listed: Streams = try decode(try await node.ops(get("/admin/streams")))
            #expect(listed.streams.map(\.user) == ["ann"])
            let ticket = try await node.ticket(try issuer.token("ann", read: ["*"], write: ["*"]))
            #expect(try await node.ops(post("/admin/disconnect", #"{"user":"ann","bar":"10m"}"#)).status == 202)
            #expect(try await stream.message().data == #"{"reason":"kicked","reconnect":false}"#)
            try await stream.end()
            #expect(try await node.status("/chat", [ann]) == 204)
            #expect(try await node.status("/chat?ticket=\(ticket)") == 204)
            #expect(try await node.answer(RawConnection.post("/chat", "{}", [ann])).status == 403)
            #expect(try await node.answer("GET", "/rooms/a/messages", [ann]).status == 403)
            #expect(try await node.answer("POST", "/tickets", ["Content-Length: 0", ann]).status == 403)
            #expect(try await node.status("/chat?user=ann", [bob]) == 200)
            #expect(try await node.answer(RawConnection.post("/chat", "{}", [bob])).status == 201)
        }
    }

    @Test func `an operator's message reaches listeners as any other`() async throws {
        try await Node.with { node in
            let (stream, _) = try await node.stream("/rooms/hall/events")
            let order = #"{"room":"hall","message":{"user":"ops","text":"Down at six","n":1.10}}"#
            let answer = try await node.ops(post("/admin/publish", order))
            #expect(answer.status == 201)
            #expect(try await stream.message().data == answer.body)
            #expect(answer.body.hasSuffix(#""user":"ops","text":"Down at six","n":1.10}"#))
            await stream.close()
        }
    }

    @Test(arguments: [
        ("/admin/disconnect", "{}", 400), ("/admin/disconnect", #"{"user":"a","stream":"b"}"#, 400),
        ("/admin/disconnect", #"{"user":""}"#, 400), ("/admin/disconnect", #"{"stream":"-"}"#, 400),
        ("/admin/disconnect", #"{"user":"a","bar":"10"}"#, 400),
        ("/admin/disconnect", #"{"user":"a","bar":"-1s"}"#, 400),
        ("/admin/disconnect", #"{"user":"a","bar":600}"#, 400),
        ("/admin/disconnect", #"{"user":"a","bars":"10m"}"#, 400),
        ("/admin/publish", #"{"room":"a/b","message":{}}"#, 400), ("/admin/publish", #"{"room":"a"}"#, 400),
        ("/admin/publish", #"{"room":"a","message":[]}"#, 400), ("/admin/nothing", "{}", 404),
        ("/admin/publish", #"{"room":"a","message":{"x":"\#(String(repeating: "x", count: 70_000))"}}"#, 413),
    ])
    func `an order that cannot be understood is refused`(target: String, body: String, status: Int) async throws {
        try await Node.with { node in
            let answer = try await node.ops(post(target, body))
            #expect(answer.status == status, "\(answer)")
            #expect(answer["content-type"] == "application/problem+json")
        }
    }

    @Test(arguments: [
        "/admin/streams?limit=0", "/admin/streams?limit=1001", "/admin/streams?after=-", "/admin/rooms?x=1",
    ])
    func `a list that cannot be had is refused`(target: String) async throws {
        try await Node.with { node in
            let answer = try await node.ops(get(target))
            #expect(answer.status == 400)
        }
    }

    @Test func `with a key nobody else sees or does anything, but may ask whether the node is well`() async throws {
        let key = "0123456789abcdef"
        try await Node.with({ $0.opsKey = .init(key) }) { node in
            for request in [
                get("/admin/node"), post("/admin/disconnect", #"{"user":"a"}"#), get("/metrics"), get("/x"),
            ] {
                let answer = try await node.ops(request)
                #expect(answer.status == 401 && answer["www-authenticate"] == "Bearer")
            }
            #expect(try await node.ops(get("/admin/node", ["Authorization: Bearer \(key)x"])).status == 401)
            #expect(try await node.ops(get("/admin/node", ["Authorization: Basic \(key)"])).status == 401)
            #expect(try await node.ops(get("/admin/node", ["Authorization: Bearer \(key)"])).status == 200)
            for path in ["/livez", "/readyz"] { #expect(try await node.ops(get(path)).status == 200) }
            var configuration = node.configuration.current
            configuration.opsKey = .init("another key of ours")
            try node.configuration.reload(configuration)
            #expect(try await node.ops(get("/admin/node", ["Authorization: Bearer \(key)"])).status == 401)
        }
    }

    @Test func `without a key a page of another site gets nowhere`() async throws {
        try await Node.with { node in
            let rebound = "GET /admin/node HTTP/1.1\r\nHost: evil.example:\(node.opsPort)\r\n\r\n"
            let answer = try await node.ops(rebound)
            #expect(answer.status == 403)
            let form =
                "POST /admin/disconnect HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                + "Content-Length: 12\r\n\r\n{\"user\":\"a\"}"
            #expect(try await node.ops(form).status == 415)
        }
    }
}
