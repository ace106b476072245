import Testing

@testable import ChatGateway

@Suite struct CORSPolicyTests {
    private let listed = CORSPolicy(origins: ["https://a.example", "https://b.example"])
    private let any = CORSPolicy(origins: ["*"])
    private let none = CORSPolicy(origins: [])

    @Test(arguments: [nil, "https://a.example", "null"])
    func `without origins nothing is said`(origin: String?) {
        #expect(none.headers(origin: origin) == [])
        #expect(none.preflightHeaders(origin: origin, methods: "GET") == [])
    }

    @Test func `a listed origin is named, and caches are told`() {
        #expect(
            lines(listed.headers(origin: "https://b.example")) == [
                "Access-Control-Allow-Origin: https://b.example", "Access-Control-Allow-Credentials: true",
                "Access-Control-Expose-Headers: Retry-After", "Vary: Origin",
            ]
        )
    }

    @Test(arguments: [
        nil, "https://c.example", "http://a.example", "https://a.example:8443", "https://A.example", "null", "*",
    ])
    func `another origin, or none, is told nothing but that answers differ`(origin: String?) {
        #expect(lines(listed.headers(origin: origin)) == ["Vary: Origin"])
        #expect(listed.preflightHeaders(origin: origin, methods: "GET") == [])
    }

    @Test(arguments: ["https://c.example", "null", nil])
    func `any origin may come without credentials, and caches may keep what none got`(origin: String?) {
        #expect(
            lines(any.headers(origin: origin)) == [
                "Access-Control-Allow-Origin: *", "Access-Control-Expose-Headers: Retry-After",
            ]
        )
    }

    @Test func `a preflight hears what is allowed`() {
        for policy in [listed, any] {
            #expect(
                lines(policy.preflightHeaders(origin: "https://a.example", methods: "GET, OPTIONS")) == [
                    "Access-Control-Allow-Methods: GET, OPTIONS",
                    "Access-Control-Allow-Headers: Content-Type, Authorization, Last-Event-ID, X-Stream-Id",
                    "Access-Control-Max-Age: 600",
                ]
            )
        }
    }

    private func lines(_ headers: [Problem.Header]) -> [String] { headers.map { "\($0.name): \($0.value)" } }
}
