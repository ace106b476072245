import ChatGateway
import IntegrationSupport
import Testing

/// Pages of other origins.
@Suite struct OriginTests {
    private let origin = "Origin: https://a.example"

    @Test func `without origins no answer mentions them`() async throws {
        try await Node.with { node in
            let preflight = try await node.answer("OPTIONS", "/chat", [origin, "Access-Control-Request-Method: POST"])
            #expect(preflight.status == 204 && preflight["allow"] == "GET, HEAD, POST, OPTIONS")
            let message = try await node.answer(RawConnection.post("/chat", "{}", [origin]))
            let connection = try await node.connect()
            try await connection.request("GET", "/chat", [origin])
            for answer in [
                preflight, message, try await connection.head(), try await node.answer("GET", "/x", [origin]),
            ] {
                #expect(!answer.fields.contains { $0.lowercased().hasPrefix("access-control-") }, "\(answer)")
                #expect(answer["vary"] == nil)
            }
        }
    }

    @Test func `a listed origin may use streams, messages, and see why not`() async throws {
        try await Node.with {
            $0.corsOrigins = ["https://a.example"]
        } _: { node in
            let preflight = try await node.answer(
                "OPTIONS",
                "/rooms/a/messages",
                [origin, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type"]
            )
            #expect(preflight.status == 204)
            #expect(preflight["access-control-allow-methods"] == "GET, HEAD, POST, OPTIONS")
            #expect(
                preflight["access-control-allow-headers"] == "Content-Type, Authorization, Last-Event-ID, X-Stream-Id"
            )
            #expect(preflight["access-control-max-age"] == "600")
            for answer in [preflight] + (try await answers(of: node, origin)) {
                #expect(answer["access-control-allow-origin"] == "https://a.example", "\(answer)")
                #expect(answer["access-control-expose-headers"] == "Retry-After")
                #expect(answer["vary"] == "Origin")
            }
            for field in ["Origin: https://b.example", "X: y"] {
                for answer in try await answers(of: node, field) {
                    #expect(answer["access-control-allow-origin"] == nil && answer["vary"] == "Origin", "\(answer)")
                }
            }
            let foreign = try await node.answer("OPTIONS", "/chat", ["Origin: https://b.example"])
            #expect(foreign["access-control-allow-methods"] == nil)
        }
    }

    @Test func `with a star any origin may, without credentials`() async throws {
        try await Node.with {
            $0.corsOrigins = ["*"]
        } _: { node in
            for answer in try await answers(of: node, origin) {
                #expect(answer["access-control-allow-origin"] == "*", "\(answer)")
                #expect(answer["access-control-allow-credentials"] == nil)
            }
        }
    }

    /// An answer of each kind: a message, a stream, refusals of the router, of the gate and of HTTP's limits.
    private func answers(of node: Node, _ field: String) async throws -> [RawAnswer] {
        let connection = try await node.connect()
        try await connection.request("GET", "/chat", [field])
        let stream = try await connection.head()
        await connection.close()
        return [
            stream,
            try await node.answer(RawConnection.post("/chat", "{}", [field])),
            try await node.answer(RawConnection.post("/chat", "no JSON", [field])),
            try await node.answer("GET", "/nothing", [field]),
            try await node.answer("GET", "/events", [field]),
            try await node.answer("POST", "/chat", [field, "Content-Length: 100000"]),
        ]
    }
}
