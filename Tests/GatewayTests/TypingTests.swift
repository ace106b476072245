import Foundation
import IntegrationSupport
import Testing

/// That somebody is typing, from the POST to the listeners.
@Suite struct TypingTests {
    private func type(_ node: Node, _ body: String = #"{"user":"ann"}"#, _ fields: [String] = []) async throws -> Int {
        let answer = try await node.answer(RawConnection.post("/rooms/lobby/typing", body, fields))
        if answer.status == 202 { #expect(answer.body.isEmpty) }
        return answer.status
    }

    @Test func `listeners are told once a second, and it is never replayed`() async throws {
        try await Node.with { node in
            let (stream, _) = try await node.stream()
            let (other, _) = try await node.stream("/rooms/other/events")
            for _ in 0..<3 { #expect(try await type(node) == 202) }
            let first = try await stream.message()
            #expect(first.lines == ["event: typing", #"data: {"room":"lobby","user":"ann"}"#])
            #expect(try await type(node, #"{"user":"聊\n","n":1}"#) == 202)
            #expect(try await stream.message().data == #"{"room":"lobby","user":"聊\n"}"#)
            let message = try await node.post("{}")
            let posted = try await stream.message()
            #expect(posted.data == message)
            let (again, _) = try await node.stream("/chat?history=10")
            #expect(try await again.message().data == message)
            let id = try #require(posted.id)
            let (resumed, _) = try await node.stream("/chat", ["Last-Event-ID: \(id)"])
            try await node.post(#"{"n":2}"#)
            #expect(try await resumed.message().data.contains(#""n":2"#))
            #expect(try await node.answer("GET", "/rooms/lobby/messages").body.contains("typing") == false)
            for stream in [stream, other, again, resumed] { await stream.close() }
        }
    }

    @Test(arguments: [
        ("{}", 400), (#"{"user":""}"#, 400), (#"{"user":1}"#, 400), ("[]", 400), ("", 400),
        (#"{"user":"\#(String(repeating: "x", count: 65))"}"#, 400),
        (#"{"user":"\#(String(repeating: "é", count: 64))"}"#, 202),
        (#"{"user":"a\#(String(repeating: "\u{301}", count: 600))"}"#, 400),
    ])
    func `who types must be said`(body: String, status: Int) async throws {
        try await Node.with { node in
            let answered = try await type(node, body)
            #expect(answered == status)
        }
    }

    @Test func `other paths, methods and types are refused`() async throws {
        try await Node.with { node in
            #expect(try await node.answer(RawConnection.post("/chat/typing", "{}")).status == 404)
            let get = try await node.answer("GET", "/rooms/lobby/typing")
            #expect(get.status == 405 && get["allow"] == "POST, OPTIONS")
            #expect(try await node.answer(RawConnection.post("/rooms/%00/typing", "{}")).status == 400)
            let fields = ["Content-Type: text/plain", "Content-Length: 2"]
            let text = RawConnection.request("POST", "/rooms/a/typing", fields) + "{}"
            #expect(try await node.answer(text).status == 415)
        }
    }

    @Test func `with tokens it is the token's user, who must be allowed to write`() async throws {
        try await Node.withTokens { node, issuer in
            let ann = bearer(try issuer.token("ann", read: ["*"], write: ["lobby"]))
            let reader = bearer(try issuer.token("bo", read: ["*"], write: []))
            let (stream, _) = try await node.stream("/chat", [ann])
            #expect(try await type(node) == 401)
            #expect(try await type(node, #"{"user":"bo"}"#, [reader]) == 403)
            #expect(try await type(node, #"{"user":"bo"}"#, [ann]) == 202)
            #expect(try await stream.message().data == #"{"room":"lobby","user":"ann"}"#)
            await stream.close()
        }
    }

    @Test func `it counts as a message where their rate is limited`() async throws {
        try await Node.with({
            $0.clients.messageRatePerAddress = 1
            $0.clients.messageBurst = 2
        }) { node in
            #expect(try await type(node) == 202)
            #expect(try await type(node) == 202)
            let refused = try await node.answer(RawConnection.post("/rooms/lobby/typing", #"{"user":"ann"}"#))
            #expect(refused.status == 429 && refused["retry-after"] != nil)
        }
    }

    @Test func `listeners on all nodes are told, once for whatever node is asked`() async throws {
        try await RedisServer.with { redis in
            let nodes = [
                try await GatewayProcess(["--node", "a"], redis: redis),
                try await GatewayProcess(["--node", "b"], redis: redis),
            ]
            var streams: [RawConnection] = []
            for node in nodes {
                let stream = try await RawConnection(port: node.port)
                try await stream.request("GET", "/rooms/a/events")
                _ = try await stream.ready()
                streams.append(stream)
            }
            let answer = try await Curl.post(#"{"user":"ann"}"#, to: "\(nodes[0].url)/rooms/a/typing")
            #expect(answer.status == 202)
            for stream in streams { #expect(try await stream.message().data == #"{"room":"a","user":"ann"}"#) }
            // By the other node, which has heard of it; then somebody else, whom all must be told of next.
            for (node, user) in [(1, "ann"), (0, "ann"), (1, "bo")] {
                let url = "\(nodes[node].url)/rooms/a/typing"
                #expect(try await Curl.post(#"{"user":"\#(user)"}"#, to: url).status == 202)
            }
            for stream in streams {
                #expect(try await stream.message().data == #"{"room":"a","user":"bo"}"#)
                await stream.close()
            }
            for node in nodes { await node.child.kill() }
        }
    }
}
