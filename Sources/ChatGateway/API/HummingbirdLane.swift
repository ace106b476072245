import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The request lane as a Hummingbird router's responder sees it.
struct HummingbirdLane<Responder: HTTPResponder>: Sendable
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    let responder: Responder

    /// Has the responder answer, and writes what it says.
    func answer(
        _ request: HTTPRequest,
        _ body: ByteBuffer,
        _ channel: any Channel,
        _ logger: Logger,
        _ writer: AnswerWriter
    ) async {
        let context = Responder.Context(source: .init(channel: channel, logger: logger))
        var response: Response
        do {
            response = try await responder.respond(
                to: Request(head: request, body: RequestBody(buffer: body)),
                context: context
            )
        } catch {
            logger.error("A request could not be answered", metadata: ["error": "\(error)"])
            response = Problem.internalError.response(requestID: request.headerFields[.requestID] ?? "")
        }
        let hasLength = response.body.contentLength != nil
        if !hasLength { writer.begin(response.head) }
        let piecewise = BodyWriter(head: response.head, writer: writer, hasBegun: !hasLength)
        do {
            try await response.body.write(piecewise)
        } catch {
            logger.debug("An answer broke off", metadata: ["error": "\(error)"])
            writer.abort()
        }
    }
}

/// Writes a body at once where it has a length and comes in one piece, which nearly all do.
private struct BodyWriter: ResponseBodyWriter {
    let head: HTTPResponse
    let writer: AnswerWriter
    private var held: ByteBuffer?
    private var hasBegun: Bool

    init(head: HTTPResponse, writer: AnswerWriter, hasBegun: Bool) {
        self.head = head
        self.writer = writer
        self.hasBegun = hasBegun
    }

    mutating func write(_ buffer: ByteBuffer) async throws {
        if !hasBegun {
            guard let first = held else {
                held = buffer
                return
            }
            held = nil
            hasBegun = true
            writer.begin(head)
            try await writer.write(first)
        }
        try await writer.write(buffer)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        if hasBegun {
            writer.end()
        } else {
            writer.write(head, held ?? ByteBuffer())
        }
    }
}

extension Problem: HTTPResponseError {
    func response(from request: Request, context: some RequestContext) throws -> Response {
        response(requestID: request.headers[.requestID] ?? "")
    }

    func response(requestID: String) -> Response {
        var fields: HTTPFields = [.contentType: Self.contentType, .cacheControl: "no-store"]
        for header in headers {
            if let name = HTTPField.Name(header.name) { fields[name] = header.value }
        }
        return Response(
            status: status,
            headers: fields,
            body: .init(byteBuffer: body(requestID: requestID))
        )
    }
}
