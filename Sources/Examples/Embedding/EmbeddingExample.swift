import ChatGateway
import Hummingbird

/// Who is logged in to the application.
let sessions = ["session-of-ann": "ann", "session-of-bob": "bob"]

/// Tells the gateway who is.
struct SessionAuthorizer: Authorizer {
    func judge(_ token: String) -> Judgement {
        Identity(user: sessions[token] ?? "", permission: .everything).map { .accepted($0) } ?? .refused("Log in first")
    }
}

@main struct EmbeddingExample {
    static func main() async throws {
        // The application as it was.
        let router = Router()
        router.get("hello") { _, _ in "Hello" }

        // The gateway on its port, for those who are logged in, as long as they are, and without spoilers.
        let spoilers = MessageFilter { $0.json.contains("spoiler") ? .refuse("Let others watch it first") : .accept }
        let gateway = Gateway(access: Access(authorizer: SessionAuthorizer()), filter: spoilers)
        router.post("logout/{session}") { _, context in
            try await "\(gateway.disconnect(user: sessions[context.parameters.require("session")] ?? "")) nodes told"
        }
        let address = BindAddress.hostname(port: Environment().get("PORT", as: Int.self) ?? 8080)
        try await Application(router: router, gateway: gateway, configuration: .init(address: address)).runService()
    }
}
