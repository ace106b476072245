import ChatGateway
import Foundation
import JWTKit

/// A JSON Web Key Set (RFC 7517).
enum KeySet {
    /// The most keys that are heeded.
    static let maximumCount = 64

    /// The keys of a document that are of use here; others are passed over, as the standard wants it.
    ///
    /// Symmetric keys are: who publishes a secret has none.
    static func keys(in document: [UInt8]) async throws(KeyError) -> [VerificationKey] {
        var scanner = JSONScanner()
        guard (try? scanner.scanObjectDocument(document.span)) != nil,
            let set = try? JSONDecoder().decode(Document.self, from: Data(document))
        else { throw KeyError("not a JSON Web Key Set") }
        var keys: [VerificationKey] = []
        for item in set.keys.prefix(maximumCount) {
            guard let jwk = item.jwk, let key = await VerificationKey.jwk(jwk) else { continue }
            keys.append(key)
        }
        return keys
    }

    private struct Document: Decodable {
        let keys: [Item]
    }

    private struct Item: Decodable {
        let jwk: JWK?

        private enum CodingKeys: String, CodingKey {
            case use
            case operations = "key_ops"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            let use = try? container.decode(String.self, forKey: .use)
            let operations = try? container.decode([String].self, forKey: .operations)
            let verifies = (use ?? "sig") == "sig" && (operations ?? ["verify"]).contains("verify")
            // A kind of key that is not known makes the library throw.
            jwk = verifies ? try? JWK(from: decoder) : nil
        }
    }
}
