/// Which pages of other origins may use the gateway, as the Fetch standard lets servers say.
struct CORSPolicy: Hashable, Sendable {
    private let origins: Set<String>
    private let allowsAny: Bool

    /// - Parameter origins: Origins such as `https://example.org`, or `*` for any.
    init(origins: [String]) {
        self.origins = Set(origins)
        allowsAny = origins.contains("*")
    }

    /// Header fields of an answer to a page of this origin, or to none.
    func headers(origin: String?) -> [Problem.Header] {
        if allowsAny {
            // To everybody alike: a cache may give to a page of another origin what it got for none.
            return [.init(name: "Access-Control-Allow-Origin", value: "*"), Self.exposed]
        }
        guard !origins.isEmpty else { return [] }
        // Caches must not give one origin's answer to another, so that this stands on every answer.
        let vary = Problem.Header(name: "Vary", value: "Origin")
        guard let origin, origins.contains(origin) else { return [vary] }
        return [
            .init(name: "Access-Control-Allow-Origin", value: origin),
            .init(name: "Access-Control-Allow-Credentials", value: "true"),
            Self.exposed,
            vary,
        ]
    }

    /// Further header fields of the answer to a preflight; none where the origin may not use the gateway.
    func preflightHeaders(origin: String?, methods: String) -> [Problem.Header] {
        guard let origin, allowsAny || origins.contains(origin) else { return [] }
        return [
            .init(name: "Access-Control-Allow-Methods", value: methods),
            .init(
                name: "Access-Control-Allow-Headers",
                value: "Content-Type, Authorization, Last-Event-ID, X-Stream-Id"
            ),
            .init(name: "Access-Control-Max-Age", value: "600"),
        ]
    }

    private static let exposed = Problem.Header(name: "Access-Control-Expose-Headers", value: "Retry-After")
}
