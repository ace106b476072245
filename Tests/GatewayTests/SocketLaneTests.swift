import ChatGateway
import IntegrationSupport
import Logging
import NIOPosix
import Testing

/// Streams that open on the bare socket, and those that open behind HTTP's handlers: nobody may see which is which.
@Suite struct SocketLaneTests {
    /// What a client sees of an answer, without what is different each time.
    private func look(_ connection: RawConnection, _ target: String, _ fields: [String]) async throws -> [String] {
        try await connection.request("GET", target, fields)
        let head = try await connection.head()
        var seen = ["\(head.status)"]
        seen += head.fields
            .filter { field in !["Date:", "X-Request-ID:", "Content-Length:"].contains { field.hasPrefix($0) } }
            .map { $0.replacing(/(cg-resume-[^=]*=|Max-Age=)[^;]*/) { "\($0.output.1)…" } }
        if fields.contains(where: { $0.hasPrefix("X-Request-ID") }) { seen.append(head["x-request-id"] ?? "") }
        guard head.status == 200 else { return seen }
        while seen.last?.contains(#""text":"2""#) != true, seen.last?.hasPrefix("gap") != true {
            let event = try await connection.event()
            let data = event.data.replacing(/"(stream|resume)":"[^"]*"/, with: "")
            seen.append("\(event.event) \(event.id ?? "") \(data)")
        }
        return seen
    }

    private static let requests: [(target: String, fields: [String])] = [
        ("/chat?history=2", []), ("/rooms/lobby/events?history=2", []), ("/events?room=lobby&room=b&history=2", []),
        ("/chat?history=2&user=ann", ["Origin: https://example.com", "X-Request-ID: mine-1"]),
        ("/chat?last_event_id=nonsense", []), ("/chat?history=many", []), ("/events", []),
        ("/rooms/%00/events", []), ("/chat?history=2", ["Cookie: a=b; c=d", "Accept: text/event-stream"]),
        ("/chat?history=2", ["X-Forwarded-For: 192.0.2.7", "User-Agent: somebody"]),
    ]

    @Test(arguments: requests)
    func `a stream opens alike on a fresh connection and behind another request`(
        _ request: (target: String, fields: [String])
    ) async throws {
        try await Node.with({ $0.corsOrigins = ["https://example.com"] }) { node in
            for text in ["1", "2"] { try await node.post(#"{"text":"\#(text)"}"#) }
            let fresh = try await look(try await node.connect(), request.target, request.fields)
            let kept = try await node.connect()
            try await kept.request("GET", "/nothing")
            _ = try await kept.answer()
            let behind = try await look(kept, request.target, request.fields)
            #expect(behind == fresh)
            #expect(fresh.count > 3)
        }
    }

    @Test func `tokens, cookies and tickets count alike on a fresh connection and behind another request`() async throws
    {
        try await Node.withTokens(cookie: "session") { node, issuer in
            let token = try issuer.token("ann", read: ["lobby"], write: ["lobby"])
            for text in ["1", "2"] {
                let post = RawConnection.post("/chat", #"{"text":"\#(text)"}"#, [bearer(token)])
                #expect(try await node.answer(post).status == 201)
            }
            let requests: [@Sendable () async throws -> (String, [String])] = [
                { ("/chat?history=2", [bearer(token)]) }, { ("/chat?history=2&access_token=\(token)", []) },
                { ("/chat?history=2", ["Cookie: session=\(token)"]) }, { ("/chat?history=2", []) },
                { ("/chat?history=2", [bearer("nonsense")]) }, { ("/rooms/other/events", [bearer(token)]) },
                { ("/chat?history=2&ticket=\(try await node.ticket(token))", []) },
            ]
            for request in requests {
                let (target, fields) = try await request()
                let fresh = try await look(try await node.connect(), target, fields)
                let kept = try await node.connect()
                try await kept.request("GET", "/nothing")
                _ = try await kept.answer()
                let (again, same) = try await request()
                let behind = try await look(kept, again, same)
                #expect(behind == fresh, "\(target)")
            }
        }
    }

    @Test func `as many fields as the decoder takes open a stream, and one more opens none`() async throws {
        try await Node.with { node in
            for (count, status) in [(255, 200), (256, 431)] {
                // The host comes on top.
                let fields = (0..<count).map { "A\($0): b" }
                let (fresh, kept) = (try await node.connect(), try await node.connect())
                try await kept.request("GET", "/nothing")
                _ = try await kept.answer()
                for connection in [fresh, kept] {
                    try await connection.request("GET", "/chat", fields)
                    #expect(try await connection.head().status == status)
                }
            }
        }
    }

    @Test func `a gateway that is cancelled ends, and takes its listeners with it`() async throws {
        var configuration = GatewayConfiguration()
        configuration.port = 0
        configuration.opsPort = 0
        let (ports, report) = AsyncStream.makeStream(of: Int.self)
        let gateway = Gateway(
            configuration: LiveConfiguration(configuration),
            broker: LocalBroker(),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "node") { _ in SwiftLogNoOpLogHandler() }
        ) { port, _ in report.yield(port) }
        let run = Task { try await gateway.run() }
        let port = try #require(await ports.first { _ in true })
        let stream = try await RawConnection(port: port)
        try await stream.request("GET", "/chat")
        _ = try await stream.ready()
        run.cancel()
        _ = await run.result
        try await stream.end()
        await #expect(throws: (any Error).self) { try await RawConnection(port: port) }
    }

    @Test func `a node stops at once where somebody has connected and says nothing`() async throws {
        try await Node.with { node in
            let silent = try await node.connect()
            let (stream, _) = try await node.stream()
            await node.stop()
            #expect(try await silent.end() == "")
            #expect(try await stream.event().event == "bye")
        }
    }

    @Test func `clients that ask for a stream and break off leave nothing`() async throws {
        try await Node.with { node in
            let (witness, _) = try await node.stream()
            for _ in 0..<20 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<50 {
                        group.addTask {
                            let connection = try await node.connect()
                            try await connection.request("GET", "/chat?user=u\(number)")
                            if number % 2 == 0 { try await connection.reset() } else { await connection.close() }
                        }
                    }
                    try await group.waitForAll()
                }
                try await node.post(#"{"text":"still here"}"#)
                #expect(try await witness.event().data.contains("still here"))
            }
            await witness.close()
            try await eventually("no stream is left") { node.broker.rooms.isEmpty }
        }
    }
}
