import IntegrationSupport
import Testing

/// What one client may have of a node, and what it is told when that is too much.
@Suite struct LimitTests {
    private func refusal(_ connection: RawConnection) async throws -> RawEvent {
        #expect(try await connection.head().status == 200)
        let bye = try await connection.event()
        try await connection.end()
        return bye
    }

    private func isLimited(_ bye: RawEvent) -> Bool {
        bye.event == "bye" && bye.data == #"{"reason":"limited","reconnect":true}"#
            && (5_000...15_000).contains(bye["retry"].flatMap { Int($0) } ?? 0)
    }

    @Test func `an address has so many streams, as a known proxy tells it`() async throws {
        try await Node.with({
            $0.clients.streamsPerAddress = 1
            $0.trustedProxies = ["127.0.0.0/8"]
        }) { node in
            let (ann, _) = try await node.stream("/chat", ["X-Forwarded-For: 192.0.2.1"])
            let second = try await node.connect()
            try await second.request("GET", "/chat", ["X-Forwarded-For: 198.51.100.9, 192.0.2.1"])
            #expect(isLimited(try await refusal(second)))
            #expect(try node.reached("streams_per_address") == 1)
            let (bob, _) = try await node.stream("/chat", ["X-Forwarded-For: 192.0.2.2"])
            await ann.close()
            try await eventually("there is room again") {
                let third = try await node.connect()
                try await third.request("GET", "/chat", ["X-Forwarded-For: 192.0.2.1"])
                _ = try await third.head()
                let event = try await third.event()
                await third.close()
                return event.event == "ready"
            }
            await bob.close()
        }
    }

    @Test func `what an unknown proxy tells counts for nothing`() async throws {
        try await Node.with({ $0.clients.streamsPerAddress = 1 }) { node in
            let (ann, _) = try await node.stream("/chat", ["X-Forwarded-For: 192.0.2.1"])
            let second = try await node.connect()
            try await second.request("GET", "/chat", ["X-Forwarded-For: 192.0.2.2"])
            #expect(isLimited(try await refusal(second)))
            await ann.close()
        }
    }

    @Test func `a user has so many streams`() async throws {
        try await Node.with({ $0.clients.streamsPerUser = 1 }) { node in
            let (ann, _) = try await node.stream("/chat?user=ann")
            let second = try await node.connect()
            try await second.request("GET", "/rooms/x/events?user=ann")
            #expect(isLimited(try await refusal(second)))
            let (bob, _) = try await node.stream("/chat?user=bob")
            let (nobody, _) = try await node.stream("/chat")
            #expect(try node.reached("streams_per_user") == 1)
            for stream in [ann, bob, nobody] { await stream.close() }
        }
    }

    @Test func `streams begin no faster than they may`() async throws {
        try await Node.with({ $0.clients.connectRate = 1 }) { node in
            var refused = 0
            for _ in 0..<10 {
                let stream = try await node.connect()
                try await stream.request("GET", "/chat")
                _ = try await stream.head()
                if isLimited(try await stream.event()) { refused += 1 }
                await stream.close()
            }
            #expect(refused > 0)
            #expect(try node.reached("connect_rate") == Int64(refused))
        }
    }

    @Test func `an address sends no more messages than it may, and is told when to go on`() async throws {
        try await Node.with({
            $0.clients.messageRatePerAddress = 1
            $0.clients.messageBurst = 3
            $0.trustedProxies = ["127.0.0.1"]
        }) { node in
            var statuses: [Int] = []
            for _ in 0..<20 {
                let post = RawConnection.post("/chat", #"{"text":"x"}"#, ["X-Forwarded-For: 192.0.2.1"])
                let answer = try await node.answer(post)
                statuses.append(answer.status)
                if answer.status == 429 { #expect(answer["retry-after"] == "1") }
            }
            #expect(statuses.prefix(3) == [201, 201, 201])
            #expect(statuses.contains(429))
            let other = RawConnection.post("/chat", #"{"text":"x"}"#, ["X-Forwarded-For: 192.0.2.2"])
            #expect(try await node.answer(other).status == 201)
            #expect(try node.reached("message_rate_per_address") == Int64(statuses.count { $0 == 429 }))
        }
    }

    @Test func `a user whose name is proven sends no more messages than he may`() async throws {
        try await Node.withTokens { node, issuer in
            var configuration = node.configuration.current
            configuration.clients.messageRatePerUser = 1
            configuration.clients.messageBurst = 2
            try node.configuration.reload(configuration)
            let ann = bearer(try issuer.token("ann", read: ["*"], write: ["*"]))
            let bob = bearer(try issuer.token("bob", read: ["*"], write: ["*"]))
            var statuses: [Int] = []
            for _ in 0..<20 { statuses.append(try await node.answer(RawConnection.post("/chat", "{}", [ann])).status) }
            #expect(statuses.prefix(2) == [201, 201] && statuses.contains(429))
            #expect(try await node.answer(RawConnection.post("/chat", #"{"user":"ann"}"#, [bob])).status == 201)
            #expect(try node.reached("message_rate_per_user") == Int64(statuses.count { $0 == 429 }))
        }
    }

    @Test func `without limits nothing is counted`() async throws {
        try await Node.with { node in
            var streams: [RawConnection] = []
            for _ in 0..<20 { streams.append(try await node.stream("/chat?user=ann").0) }
            for _ in 0..<50 { try await node.post(#"{"text":"x"}"#) }
            for stream in streams { await stream.close() }
        }
    }

    @Test func `limits change while the node runs`() async throws {
        try await Node.with { node in
            let (first, _) = try await node.stream("/chat?user=ann")
            var configuration = node.configuration.current
            configuration.clients.streamsPerUser = 1
            configuration.maxRooms = 1
            try node.configuration.reload(configuration)
            let (second, _) = try await node.stream("/chat?user=ann")
            let third = try await node.connect()
            try await third.request("GET", "/chat?user=ann")
            #expect(isLimited(try await refusal(third)))
            #expect(try await node.answer("GET", "/events?room=a&room=b").status == 400)
            configuration.trustedProxies = ["nonsense"]
            configuration.clients.streamsPerUser = 5
            configuration.clients.streamsPerAddress = 5
            #expect(throws: (any Error).self) { try node.configuration.reload(configuration) }
            #expect(node.configuration.current.clients.streamsPerUser == 1)
            for stream in [first, second] { await stream.close() }
        }
    }

    @Test(arguments: [
        ("GET", "/events?room=a&room=b&room=c", [], "rooms_per_stream", 400),
        ("GET", "/chat?x=\(String(repeating: "x", count: 2_000))", [], "head_size", 431),
        ("POST", "/chat", ["Content-Type: application/json", "Content-Length: 101"], "body_size", 413),
        ("POST", "/chat", ["Content-Type: application/json", "Content-Length: 10"], "body_time", 408),
    ])
    func `each limit of a request has its answer and its count`(
        method: String,
        target: String,
        fields: [String],
        limit: String,
        status: Int
    ) async throws {
        try await Node.with({
            $0.maxRooms = 2
            $0.maxBody = 100
            $0.requests.headBytes = 1_024
            $0.requests.bodyTimeout = .milliseconds(200)
        }) { node in
            let answer = try await node.answer(method, target, fields)
            #expect(answer.status == status)
            #expect(try node.reached(limit) == 1)
        }
    }

    @Test func `a head that does not come and a connection without requests are closed and counted`() async throws {
        try await Node.with({
            $0.requests.headTimeout = .milliseconds(200)
            $0.requests.idleTimeout = .milliseconds(200)
        }) { node in
            let slow = try await node.connect()
            try await slow.send("GET /chat HT")
            try await slow.end()
            #expect(try node.reached("head_time") == 1)
            let idle = try await node.connect()
            try await idle.request("GET", "/")
            _ = try await idle.answer()
            try await idle.end()
            #expect(try node.reached("idle_time") == 1)
        }
    }

    @Test func `any number of pipelined requests are answered in their order`() async throws {
        try await Node.with { node in
            let connection = try await node.connect()
            let posts = (0..<200).map { RawConnection.post("/chat", #"{"n":\#($0)}"#) }.joined()
            try await connection.send(posts)
            for index in 0..<200 {
                let answer = try await connection.answer()
                #expect(answer.status == 201 && answer.body.hasSuffix(#""n":\#(index)}"#))
            }
            await connection.close()
        }
    }
}
