import ChatGateway
import IntegrationSupport
import Testing

/// `exclude=me`: a stream without what its own listener posts.
@Suite struct ExcludeTests {
    private func id(_ ready: RawEvent) throws -> String {
        String(try #require(ready.data.firstMatch(of: /"stream":"([^"]+)"/)).output.1)
    }

    @Test func `what is posted with the stream's id, or by its user, does not come back`() async throws {
        try await Node.with { node in
            let (stream, ready) = try await node.stream("/chat?exclude=me&user=ann")
            let (other, _) = try await node.stream("/chat?user=ann")
            let fields = ["X-Stream-Id: \(try id(ready))"]
            func post(_ body: String, _ fields: [String] = []) async throws {
                let answer = try await node.answer(RawConnection.post("/chat", body, fields))
                #expect(answer.status == 201)
            }
            try await post("{\"n\":1}", fields)
            let first = try await stream.message()
            try await post("{\"n\":2,\"user\":\"ann\"}")
            let second = try await stream.message()
            #expect([first.names, second.names] == [["id"], ["id"]])
            try await post("{\"n\":3,\"user\":\"bo\"}")
            #expect(try await stream.message().data.contains("\"n\":3"))
            for number in 1...3 { #expect(try await other.message().data.contains("\"n\":\(number)")) }
            // Whoever comes back behind his own messages does not get them, by another stream's id either.
            let cursor = try #require(second.id)
            let (again, _) = try await node.stream("/chat?exclude=me&user=ann", ["Last-Event-ID: \(cursor)"])
            #expect(try await again.message().data.contains("\"n\":3"))
            let own = try id(ready)
            let list = try await node.answer("GET", "/rooms/lobby/messages").body
            #expect(list.contains("\"n\":1") && list.contains("\"n\":2") && !list.contains(own))
            for stream in [stream, other, again] { await stream.close() }
        }
    }

    @Test func `with tokens it is the token's user, and nobody hides what he says under another's name`() async throws {
        let anonymous = Permission(write: [try #require(RoomPattern("lobby"))])
        try await Node.withTokens(anonymous: anonymous) { node, issuer in
            let ann = bearer(try issuer.token("ann", read: ["*"], write: ["*"]))
            let (stream, _) = try await node.stream("/chat?exclude=me&user=bo", [ann])
            for (body, fields) in [("{\"n\":1}", [ann]), ("{\"n\":2,\"user\":\"ann\"}", [])] {
                #expect(try await node.answer(RawConnection.post("/chat", body, fields)).status == 201)
            }
            var message = try await stream.message()
            if message.names == ["id"] { message = try await stream.message() }
            #expect(message.data.contains("\"n\":2"))
            await stream.close()
        }
    }

    @Test func `it is known on all nodes, of what is new and of what is replayed`() async throws {
        try await RedisServer.with { redis in
            let a = try await GatewayProcess(["--node", "a"], redis: redis)
            let b = try await GatewayProcess(["--node", "b"], redis: redis)
            let stream = try await RawConnection(port: a.port)
            try await stream.request("GET", "/rooms/x/events?exclude=me")
            let ready = try await stream.ready()
            let field = "X-Stream-Id: \(try id(ready))"
            for (body, more) in [("{\"n\":1}", ["-H", field]), ("{\"n\":2,\"user\":\"ann\"}", []), ("{\"n\":3}", [])] {
                let arguments = ["-H", "Content-Type: application/json", "--data-binary", body] + more
                #expect(try await Curl.answer("\(b.url)/rooms/x/messages", arguments).status == 201)
            }
            var numbers: [String] = []
            while numbers.count < 2 {
                let message = try await stream.message()
                if message.names != ["id"] { numbers.append(message.data) }
            }
            #expect(numbers[0].contains("\"n\":2") && numbers[1].contains("\"n\":3"))
            let cursor = try #require(ready.id)
            let late = try await RawConnection(port: b.port)
            try await late.request("GET", "/rooms/x/events?exclude=me&user=ann", ["Last-Event-ID: \(cursor)"])
            #expect(try await late.ready().data.contains("\"replayed\":2"))
            #expect(try await late.message().data.contains("\"n\":1"))
            var last = try await late.message()
            if last.names == ["id"] { last = try await late.message() }
            #expect(last.data.contains("\"n\":3"))
            for stream in [stream, late] { await stream.close() }
            for node in [a, b] { await node.child.kill() }
        }
    }

    @Test func `anything else than me is refused`() async throws {
        try await Node.with { node in
            let answer = try await node.answer("GET", "/chat?exclude=you")
            #expect(answer.status == 400)
        }
    }
}
