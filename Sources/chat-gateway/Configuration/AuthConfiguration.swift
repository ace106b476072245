import ChatGateway
import ChatGatewayJWT
import Foundation
import Logging

/// Who may do what, as it was configured.
struct AuthConfiguration: Sendable {
    /// Whether people have to show who they are.
    var mode = AuthMode.open
    /// The secret that HS256 tokens are signed with.
    var secret: String?
    /// The file that holds it instead.
    var secretFile: String?
    /// The file of public keys in PEM.
    var keyFile: String?
    /// The URL or file of a JSON Web Key Set.
    var keySet: String?
    /// The audience that tokens must be for.
    var audience: String?
    /// The issuer that tokens must be of.
    var issuer: String?
    /// The cookie that may hold a token.
    var cookie: String?
    /// Which rooms everybody may read.
    var anonymousRead: [String] = []
    /// Which rooms everybody may write.
    var anonymousWrite: [String] = []

    /// The settings that mean nothing while the gateway is open to everybody.
    static let dependentSettings = [
        "jwt-secret", "jwt-secret-file", "jwt-key-file", "jwt-jwks", "jwt-audience", "jwt-issuer", "auth-cookie",
        "anonymous-read", "anonymous-write",
    ]

    /// Something is wrong with the value of a setting that only its file tells.
    struct Flaw: Error, CustomStringConvertible {
        /// The name of the setting.
        var setting: String
        /// What.
        var reason: String

        var description: String { "\(setting): \(reason)" }
    }

    /// The keys of the secret and of the file.
    func keys() async throws(Flaw) -> [VerificationKey] {
        var keys: [VerificationKey] = []
        if let secret = try secretBytes() {
            do throws(KeyError) {
                keys.append(try await .secret(secret))
            } catch {
                throw Flaw(setting: secretFile == nil ? "jwt-secret" : "jwt-secret-file", reason: error.reason)
            }
        }
        if let keyFile {
            let text = String(decoding: try Self.bytes(of: keyFile, "jwt-key-file"), as: UTF8.self)
            do throws(KeyError) {
                keys += try await VerificationKey.pem(text)
            } catch {
                throw Flaw(setting: "jwt-key-file", reason: error.reason)
            }
        }
        if let keySet, case .file(let path) = KeySetSource(keySet) { _ = try Self.bytes(of: path, "jwt-jwks") }
        return keys
    }

    /// What judges tokens; nil where everybody may do everything.
    func authorizer(logger: Logger) async throws(Flaw) -> JWTAuthorizer? {
        guard mode == .jwt else { return nil }
        var rules = JWTRules()
        rules.audience = audience
        rules.issuer = issuer
        return JWTAuthorizer(
            keys: try await keys(),
            source: keySet.map { KeySetSource($0) },
            rules: rules,
            logger: logger
        )
    }

    /// Who may do what.
    func access(
        judgedBy authorizer: JWTAuthorizer,
        tickets: any TicketStore,
        resumeSecret: @escaping @Sendable () -> [UInt8]?
    ) -> Access {
        var access = Access(authorizer: authorizer, tickets: tickets)
        access.anonymous.read = anonymousRead.compactMap { RoomPattern($0) }
        access.anonymous.write = anonymousWrite.compactMap { RoomPattern($0) }
        access.cookie = cookie
        access.resumeSecret = resumeSecret
        return access
    }

    /// The secret itself; nil where none is configured.
    func secretBytes() throws(Flaw) -> [UInt8]? {
        guard let secretFile else { return secret.map { Array($0.utf8) } }
        var bytes = try Self.bytes(of: secretFile, "jwt-secret-file")
        // Editors end a file with a line feed, which is not part of the secret.
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        return bytes
    }

    private static func bytes(of path: String, _ setting: String) throws(Flaw) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Flaw(setting: setting, reason: "\(JSONText.quoted(path)) cannot be read")
        }
        return Array(data)
    }
}
