import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The way to the answers of an application that shares its port with the gateway.
struct ApplicationLane: Sendable {
    let lane: RequestLane
    /// Longest body of the application's requests, in bytes.
    let maximumBody: Int
    /// Whether the gateway answers for the paths of its chat page.
    let servesPage: Bool

    /// Has a responder answer the application's requests, on any thread but those of event loops.
    init<Responder: HTTPResponder>(
        _ responder: Responder,
        serverName: String?,
        maximumBody: Int,
        servesPage: Bool
    ) where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
        let named = NamedResponder(responder: responder, serverName: serverName)
        lane = { request, body, channel, logger, writer in
            var logger = logger
            // Hummingbird's own request contexts cannot do without.
            logger[metadataKey: "hb.request.id"] = logger[metadataKey: "request.id"] ?? "none"
            // What an application computes, or waits for, must not hold up the streams of a loop.
            await withTaskExecutorPreference(globalConcurrentExecutor) { [logger] in
                await withLogger(logger) { logger in
                    await HummingbirdLane(responder: named).answer(request, body, channel, logger, writer)
                }
            }
        }
        self.maximumBody = maximumBody
        self.servesPage = servesPage
    }

    /// Whether a request is the application's: whatever the gateway has no path for, and the chat page's paths where
    /// it is not wanted.
    func takes(_ endpoint: Endpoint?) -> Bool {
        switch endpoint {
        case nil: true
        case .page: !servesPage
        case .roomEvents, .events, .chat, .messages, .typing, .presence, .tickets: false
        }
    }
}

/// A responder whose answers name the server.
private struct NamedResponder<Responder: HTTPResponder>: HTTPResponder {
    let responder: Responder
    let serverName: String?

    func respond(to request: Request, context: Responder.Context) async throws -> Response {
        var response = try await responder.respond(to: request, context: context)
        if let serverName { response.headers[.server] = serverName }
        return response
    }
}
