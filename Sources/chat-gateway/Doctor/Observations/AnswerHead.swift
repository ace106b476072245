import NIOHTTP1

/// The head of an answer.
struct AnswerHead: Equatable, Sendable {
    var status: Int
    var version = HTTPVersion.http1_1
    var fields: HTTPHeaders = [:]

    /// How the body is compressed, if it is.
    var encoding: String? {
        let encodings = fields[canonicalForm: "content-encoding"].map { $0.lowercased() }.filter { $0 != "identity" }
        return encodings.isEmpty ? nil : encodings.joined(separator: ", ")
    }

    /// The type of the body, without parameters, in small letters.
    var type: String {
        (fields.first(name: "content-type") ?? "").prefix { $0 != ";" }.lowercased().filter { $0 != " " }
    }

    /// Whether the body is a stream of events.
    var isEventStream: Bool { status == 200 && type == "text/event-stream" }

    /// The HTTP version as people write it.
    var protocolName: String { version.major == 2 ? "HTTP/2" : "HTTP/\(version.major).\(version.minor)" }
}
