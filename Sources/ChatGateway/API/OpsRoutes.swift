import Hummingbird
import NIOCore

/// What the ops listener answers: whether the node lives, whether it can take work, and what it has counted.
struct OpsRoutes: Sendable {
    let readiness: Readiness
    /// Nil where something else keeps the metrics.
    var prometheus: PrometheusMetrics?

    func add(to router: some RouterMethods<some RequestContext>) {
        router.get("livez") { _, _ in
            Self.answer(.ok, #"{"status":"live"}"#)
        }
        router.get("readyz") { _, _ in
            guard let reason = readiness.reasonAgainst else { return Self.answer(.ok, #"{"status":"ready"}"#) }
            var body = ByteBuffer()
            body.writeStaticString("{\"status\":\"not-ready\",\"reason\":")
            body.writeJSONString(reason)
            body.writeStaticString("}")
            return Self.answer(.serviceUnavailable, body)
        }
        if let prometheus {
            router.get("metrics") { _, _ in
                Response(
                    status: .ok,
                    headers: [.contentType: PrometheusMetrics.contentType, .cacheControl: "no-store"],
                    body: .init(byteBuffer: prometheus.exposition())
                )
            }
        }
    }

    private static func answer(_ status: HTTPResponse.Status, _ text: String) -> Response {
        answer(status, ByteBuffer(string: text))
    }

    private static func answer(_ status: HTTPResponse.Status, _ body: ByteBuffer) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: body)
        )
    }
}
