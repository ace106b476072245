import Crypto
import CryptoExtras
import Foundation
import IntegrationSupport

/// A key of somebody who gives tokens, and how its public half is published.
///
/// Tokens are signed without the library that they are read with.
struct IssuerKey: Sendable {
    /// What a token's header calls the way of signing.
    let algorithm: String
    /// The public half in PEM; for a secret the secret itself.
    let published: String
    /// The public half as members of a JSON Web Key; empty for a secret.
    let members: String
    let sign: @Sendable (Data) throws -> Data

    static let secret = "a secret that has 32 bytes or more"

    static let hs256 = IssuerKey(algorithm: "HS256", published: secret, members: "") {
        Data(HMAC<SHA256>.authenticationCode(for: $0, using: SymmetricKey(data: Data(secret.utf8))))
    }

    static func rs256() throws -> IssuerKey {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let numbers = try key.publicKey.getKeyPrimitives()
        let (n, e) = (TokenIssuer.encode(numbers.modulus), TokenIssuer.encode(numbers.publicExponent))
        return IssuerKey(
            algorithm: "RS256",
            published: key.publicKey.pemRepresentation,
            members: #""kty":"RSA","n":"\#(n)","e":"\#(e)""#
        ) { try key.signature(for: SHA256.hash(data: $0), padding: .insecurePKCS1v1_5).rawRepresentation }
    }

    static func es256() -> IssuerKey {
        let key = P256.Signing.PrivateKey()
        let point = key.publicKey.rawRepresentation
        let (x, y) = (TokenIssuer.encode(point.prefix(32)), TokenIssuer.encode(point.suffix(32)))
        return IssuerKey(
            algorithm: "ES256",
            published: key.publicKey.pemRepresentation,
            members: #""kty":"EC","crv":"P-256","x":"\#(x)","y":"\#(y)""#
        ) { try key.signature(for: $0).rawRepresentation }
    }

    static func edDSA() throws -> IssuerKey {
        let key = Curve25519.Signing.PrivateKey()
        return IssuerKey(
            algorithm: "EdDSA",
            published: TokenIssuer.pem(key.publicKey),
            members: #""kty":"OKP","crv":"Ed25519","x":"\#(TokenIssuer.encode(key.publicKey.rawRepresentation))""#
        ) { try key.signature(for: $0) }
    }

    /// The public half as a JSON Web Key.
    func jwk(_ id: String, more: String = "") -> String { #"{"kid":"\#(id)",\#(members)\#(more)}"# }

    /// A token with this header and these claims, whatever they are.
    func token(header: String? = nil, claims: String) throws -> String {
        let header = header ?? #"{"alg":"\#(algorithm)","typ":"JWT"}"#
        let signed = "\(TokenIssuer.encode(header)).\(TokenIssuer.encode(claims))"
        return signed + "." + TokenIssuer.encode(try sign(Data(signed.utf8)))
    }

    /// A good token of a user, by a key that has a name.
    func token(_ user: String = "ann", key id: String? = nil) throws -> String {
        let name = id.map { #","kid":"\#($0)""# } ?? ""
        return try token(
            header: #"{"alg":"\#(algorithm)"\#(name)}"#,
            claims: #"{"sub":"\#(user)","exp":4000000000}"#
        )
    }
}
