import ChatGateway
import ChatGatewayJWT
import Logging
import Synchronization

/// What a node judges tokens by, as it was read from settings and files.
final class ProcessAuth: Sendable {
    private let configuration: AuthConfiguration
    private let authorizer: JWTAuthorizer?
    private let secret: Mutex<[UInt8]?>

    /// Reads the keys; throws what is wrong with them.
    init(_ configuration: AuthConfiguration, logger: Logger) async throws(AuthConfiguration.Flaw) {
        self.configuration = configuration
        authorizer = try await configuration.authorizer(logger: logger)
        secret = Mutex(try configuration.secretBytes())
    }

    /// Who may do what; nil where everybody may do everything.
    func access(tickets: any TicketStore) -> Access? {
        authorizer.map { authorizer in
            configuration.access(judgedBy: authorizer, tickets: tickets) { self.secret.withLock { $0 } }
        }
    }

    /// Reads keys anew that are to be taken over by ``take(_:)``; nil where none are used.
    func read(_ next: AuthConfiguration) async throws(AuthConfiguration.Flaw) -> Keys? {
        guard authorizer != nil, next.mode == .jwt else { return nil }
        return Keys(keys: try await next.keys(), secret: try next.secretBytes())
    }

    /// Takes other keys over; tokens, and resume tokens, of those that are gone open nothing more.
    func take(_ new: Keys) async {
        secret.withLock { $0 = new.secret }
        await authorizer?.replaceKeys(with: new.keys)
    }

    /// What a configuration's tokens are judged by.
    struct Keys: Sendable {
        var keys: [VerificationKey]
        var secret: [UInt8]?
    }
}
