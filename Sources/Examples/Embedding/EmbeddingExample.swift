import ChatGateway
import Hummingbird
import Synchronization

/// Who is logged in to the application.
let sessions = Mutex(["session-of-ann": "ann", "session-of-bob": "bob"])

/// Tells the gateway who is.
@main struct EmbeddingExample: Authorizer {
    func judge(_ token: String) -> Judgement {
        let identity = Identity(user: sessions.withLock { $0[token] } ?? "", permission: .everything)
        return identity.map { .accepted($0) } ?? .refused("Log in first")
    }

    static func main() async throws {
        // The application as it was.
        let router = Router().get("hello") { _, _ in "Hello" }

        // The gateway on its port, for those who are logged in, as long as they are, and without spoilers.
        let spoilers = MessageFilter { $0.json.contains("spoiler") ? .refuse("Let others watch it first") : .accept }
        let gateway = Gateway(access: Access(authorizer: EmbeddingExample()), filter: spoilers)
        router.post("logout/{session}") { _, context in
            let session = try context.parameters.require("session")
            guard let user = sessions.withLock({ $0.removeValue(forKey: session) }) else { throw HTTPError(.notFound) }
            return try await "\(gateway.disconnect(user: user)) nodes told"
        }
        let address = BindAddress.hostname(port: Environment().get("PORT", as: Int.self) ?? 8080)
        try await Application(router: router, gateway: gateway, configuration: .init(address: address)).runService()
    }
}
