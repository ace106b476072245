import HTTPTypes
import Hummingbird

/// Lets only operators at what the ops listener has to say, but for the questions whether it lives and is ready.
///
/// With a key that is who has the key. Without one it is who reaches the listener by a name of this machine: a page of
/// another site can have a browser send requests here, under its own name, and must not get through.
struct AdminAccess<Context: RequestContext>: RouterMiddleware {
    let key: Live<Secret?>

    private static var open: Set<String> { ["/livez", "/readyz"] }

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let requestID = request.headers[.requestID] ?? ""
        guard !Self.open.contains(request.uri.path) else { return try await next(request, context) }
        if let key = key.value {
            guard let word = request.headers[.authorization], word.lowercased().hasPrefix("bearer "),
                key.isSpelt(word.dropFirst("bearer ".count))
            else {
                return Problem.noOpsKey.response(requestID: requestID)
            }
        } else if !Self.isThisMachine(request.head.authority ?? "") {
            return Problem.foreignName.response(requestID: requestID)
        }
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response(requestID: requestID)
        } catch let error as any HTTPResponseError {
            let status = try error.response(from: request, context: context).status
            return Problem(status: status, detail: "\(error)").response(requestID: requestID)
        }
    }

    /// Whether the name by which a request has reached the listener cannot be another machine's.
    static func isThisMachine(_ authority: String) -> Bool {
        var host = authority[...]
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return false }
            host = host[host.index(after: host.startIndex)..<end]
        } else if let colon = host.lastIndex(of: ":") {
            host = host[..<colon]
        }
        return host.lowercased() == "localhost" || ClientAddress(host)?.isLoopback ?? false
    }
}

extension Problem {
    fileprivate static let noOpsKey = Problem(
        status: .unauthorized,
        detail: "The ops listener wants its key: Authorization: Bearer …",
        headers: [Header(name: "WWW-Authenticate", value: "Bearer")]
    )

    fileprivate static let foreignName = Problem(
        status: .forbidden,
        detail: "Without a key the ops listener answers only to localhost and loopback addresses"
    )
}
