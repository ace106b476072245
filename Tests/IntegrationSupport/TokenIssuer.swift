import Crypto
import Foundation

/// Gives tokens, written without the library that the gateway reads them with.
package struct TokenIssuer: Sendable {
    /// What the gateway checks tokens with: the secret of HS256, or a public key in PEM.
    package let published: String

    private let algorithm: String
    private let sign: @Sendable (Data) throws -> Data

    private init(_ algorithm: String, published: String, sign: @escaping @Sendable (Data) throws -> Data) {
        self.published = published
        self.algorithm = algorithm
        self.sign = sign
    }

    /// Makes an issuer of HS256 tokens, with a secret of its own.
    package init(secret: String = "the issuer's secret of \(UUID().uuidString)") {
        self.init("HS256", published: secret) { text in
            Data(HMAC<SHA256>.authenticationCode(for: text, using: SymmetricKey(data: Data(secret.utf8))))
        }
    }

    /// Makes an issuer of EdDSA tokens, with a key of its own.
    package static func ed25519() -> TokenIssuer {
        let key = Curve25519.Signing.PrivateKey()
        return TokenIssuer("EdDSA", published: pem(key.publicKey)) { try key.signature(for: $0) }
    }

    /// A public key in PEM.
    package static func pem(_ key: Curve25519.Signing.PublicKey) -> String {
        // SubjectPublicKeyInfo of RFC 8410: 12 bytes that are always the same, and the key.
        let info = Data([0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00])
        let text = (info + key.rawRepresentation).base64EncodedString()
        return "-----BEGIN PUBLIC KEY-----\n\(text)\n-----END PUBLIC KEY-----\n"
    }

    /// A token with these claims: the members of a JSON object, without its braces.
    package func token(claims: String) throws -> String {
        let signed = Self.encode("{\"alg\":\"\(algorithm)\",\"typ\":\"JWT\"}") + "." + Self.encode("{\(claims)}")
        return signed + "." + Self.encode(try sign(Data(signed.utf8)))
    }

    /// A token for a user.
    package func token(
        _ user: String,
        read: [String] = [],
        write: [String] = [],
        expires: Duration = .seconds(600)
    ) throws -> String {
        let end = Int(Date.now.timeIntervalSince1970) + Int(expires.components.seconds)
        let list = { (patterns: [String]) in "[" + patterns.map { "\"\($0)\"" }.joined(separator: ",") + "]" }
        return try token(
            claims: #""sub":"\#(user)","exp":\#(end),"rooms":{"read":\#(list(read)),"write":\#(list(write))}"#
        )
    }

    /// A text in Base64 for URLs.
    package static func encode(_ text: String) -> String { encode(Data(text.utf8)) }

    /// Bytes in Base64 for URLs.
    package static func encode(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
