import Hummingbird

/// Tells what went wrong as problems, and which methods a known path does answer.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        // The router passes over empty segments; a path with one is another path, or names a room badly.
        guard let target = RequestTarget(request.head.path ?? "/"), let endpoint = Endpoint(target) else {
            throw Problem.notFound
        }
        switch endpoint {
        case .messages(""), .typing(""), .presence(""): throw Problem.badRoom
        default: break
        }
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            throw problem
        } catch let error as HTTPError where error.status == .notFound {
            throw Problem.methodNotAllowed(endpoint.methods)
        } catch let error as any HTTPResponseError {
            let status = try error.response(from: request, context: context).status
            throw Problem(status: status, detail: "\(error)")
        }
    }
}
