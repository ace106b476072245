import Hummingbird
import NIOCore

/// What the ops listener answers: whether the node lives, and whether it can take work.
struct OpsRoutes: Sendable {
    let readiness: Readiness

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
