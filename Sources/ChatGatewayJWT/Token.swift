import ChatGateway
import Foundation

/// A token in the compact form of RFC 7515, taken apart and not yet trusted.
struct Token {
    let algorithm: TokenAlgorithm
    let keyID: String?
    let signed: [UInt8]
    let claims: [UInt8]
    let signature: [UInt8]

    /// Why a token is none.
    struct Malformed: Error {
        var reason: String
    }

    private struct Header: Decodable {
        let alg: String
        let kid: String?
        /// What the receiver must understand; we understand nothing of the kind.
        let crit: [String]?
    }

    init(_ text: String) throws(Malformed) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let claims = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]), Self.isObject(header), Self.isObject(claims),
            let fields = try? JSONDecoder().decode(Header.self, from: Data(header))
        else { throw Malformed(reason: "The token is not a JSON Web Token") }
        guard let algorithm = TokenAlgorithm(rawValue: fields.alg) else {
            throw Malformed(reason: "The token is signed in a way that is not accepted")
        }
        guard fields.crit == nil else { throw Malformed(reason: "The token asks for an extension that is not known") }
        self.algorithm = algorithm
        keyID = fields.kid
        signed = Array(text.utf8.prefix(parts[0].count + 1 + parts[1].count))
        self.claims = claims
        self.signature = signature
    }

    /// Readers disagree on an object with two members of one name.
    private static func isObject(_ bytes: [UInt8]) -> Bool {
        var scanner = JSONScanner()
        return (try? scanner.scanObjectDocument(bytes.span)) != nil
    }
}
