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
        let path = request.uri.path
        guard !Self.open.contains(path) else { return try await next(request, context) }
        let isPage = ClusterPage.paths.contains(path)
        // As the router finds its way, to which any number of slashes are one.
        if !isPage, path.split(separator: "/").first == "admin", Self.isFromElsewhere(request) {
            return Problem.foreignPage.response(requestID: requestID)
        }
        if let key = key.value {
            guard isPage || Self.shows(key, request) else {
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

    private static func shows(_ key: Secret, _ request: Request) -> Bool {
        guard let word = request.headers[.authorization], word.lowercased().hasPrefix("bearer ") else { return false }
        return key.isSpelt(word.dropFirst("bearer ".count))
    }

    /// Whether the browser says that a page of another site sends the request.
    private static func isFromElsewhere(_ request: Request) -> Bool {
        guard let name = HTTPField.Name("Sec-Fetch-Site"), let site = request.headers[name] else { return false }
        return site == "cross-site" || site == "same-site"
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

    fileprivate static let foreignPage = Problem(
        status: .forbidden,
        detail: "The ops listener does nothing for pages of other sites"
    )

    fileprivate static let foreignName = Problem(
        status: .forbidden,
        detail: "Without a key the ops listener answers only to localhost and loopback addresses"
    )
}
