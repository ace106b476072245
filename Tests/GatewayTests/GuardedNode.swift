import ChatGateway
import ChatGatewayJWT
import IntegrationSupport
import Logging

extension Node {
    /// Runs a test with a node that wants tokens, and somebody who gives them.
    static func withTokens(
        _ change: (inout GatewayConfiguration) -> Void = { _ in },
        anonymous: Permission = Permission(),
        cookie: String? = nil,
        tickets: any TicketStore = LocalTicketStore(),
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Node, TokenIssuer) async throws -> Void
    ) async throws {
        let issuer = TokenIssuer()
        var access = Access(
            authorizer: JWTAuthorizer(
                keys: [try await .secret(Array(issuer.published.utf8))],
                logger: Logger(label: "tokens") { _ in SwiftLogNoOpLogHandler() }
            ),
            tickets: tickets
        )
        access.anonymous = anonymous
        access.cookie = cookie
        try await with(
            {
                $0.heartbeat = .milliseconds(400)
                change(&$0)
            },
            access: access
        ) { try await body($0, issuer) }
    }

    /// Has a ticket made for a token.
    func ticket(_ token: String) async throws -> String {
        let answer = try await answer("POST", "/tickets", ["Content-Length: 0", "Authorization: Bearer \(token)"])
        guard answer.status == 201, let ticket = answer.body.firstMatch(of: /"ticket":"([^"]+)"/) else {
            throw Unexpected("\(answer)")
        }
        return String(ticket.output.1)
    }

    /// Opens a stream; the head of the answer, and the connection for what follows.
    func open(_ target: String, _ fields: [String] = []) async throws -> (RawConnection, RawAnswer) {
        let connection = try await connect()
        try await connection.request("GET", target, fields)
        return (connection, try await connection.head())
    }

    /// The status of a stream's answer.
    func status(_ target: String, _ fields: [String] = []) async throws -> Int {
        let (connection, head) = try await open(target, fields)
        await connection.close()
        return head.status
    }
}

/// The field that carries a token.
func bearer(_ token: String) -> String { "Authorization: Bearer \(token)" }
