import JWTKit

/// A key that can tell whether a token is genuine.
public struct VerificationKey: Sendable {
    /// What tokens call it; nil where it is tried for every token of its algorithm.
    public let id: String?
    /// What it is for, and nothing else.
    public let algorithm: TokenAlgorithm
    private let verifier: any JWTAlgorithm

    private init(
        _ algorithm: TokenAlgorithm,
        id: String? = nil,
        _ add: (JWTKeyCollection) async throws -> Void
    ) async throws(KeyError) {
        // The library's verifiers come out of a collection only.
        let collection = JWTKeyCollection()
        do {
            try await add(collection)
            verifier = try await collection.getKey()
        } catch {
            throw KeyError("no usable \(algorithm.rawValue) key")
        }
        guard verifier.name == algorithm.rawValue else { throw KeyError("no usable \(algorithm.rawValue) key") }
        self.algorithm = algorithm
        self.id = id
    }

    /// Whether the bytes were signed with this key.
    func verifies(_ signature: [UInt8], of signed: [UInt8]) -> Bool {
        (try? verifier.verify(signature, signs: signed)) ?? false
    }

    // MARK: Secrets

    /// The shortest secret, in bytes: as long as what SHA-256 makes (RFC 7518, 3.2).
    public static let shortestSecret = 32

    /// A key for HS256.
    public static func secret(_ bytes: [UInt8]) async throws(KeyError) -> VerificationKey {
        guard bytes.count >= shortestSecret else {
            throw KeyError("a secret has at least \(shortestSecret) bytes, this one \(bytes.count)")
        }
        // Everybody may know a public key, and could sign with it.
        guard !String(decoding: bytes, as: UTF8.self).contains("-----BEGIN") else {
            throw KeyError("holds a key in PEM and no secret")
        }
        return try await VerificationKey(.hs256) { await $0.add(hmac: HMACKey(from: bytes), digestAlgorithm: .sha256) }
    }

    // MARK: PEM

    /// The public keys and certificates in a file.
    public static func pem(_ text: String) async throws(KeyError) -> [VerificationKey] {
        var keys: [VerificationKey] = []
        for block in text.matches(of: /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/) {
            let pem = String(block.output.0)
            switch block.output.1 {
            case "PUBLIC KEY": keys.append(try await publicKey(pem))
            case "RSA PUBLIC KEY": keys.append(try await rsa(try? Insecure.RSA.PublicKey(pem: pem)))
            case "CERTIFICATE": keys.append(try await certificate(pem))
            case let kind where kind.hasSuffix("PRIVATE KEY"):
                throw KeyError("holds a private key; the gateway takes only the public one")
            default: throw KeyError("holds a \(block.output.1), which is no key for tokens")
            }
        }
        guard !keys.isEmpty else { throw KeyError("holds no public key in PEM") }
        return keys
    }

    private static func publicKey(_ pem: String) async throws(KeyError) -> VerificationKey {
        if let key = try? EdDSA.PublicKey(pem: pem) {
            return try await VerificationKey(.edDSA) { await $0.add(eddsa: key) }
        }
        if let key = try? ES256PublicKey(pem: pem) {
            return try await VerificationKey(.es256) { await $0.add(ecdsa: key) }
        }
        return try await rsa(try? Insecure.RSA.PublicKey(pem: pem))
    }

    private static func certificate(_ pem: String) async throws(KeyError) -> VerificationKey {
        if let key = try? ES256PublicKey(certificate: pem) {
            return try await VerificationKey(.es256) { await $0.add(ecdsa: key) }
        }
        return try await rsa(try? Insecure.RSA.PublicKey(certificatePEM: pem))
    }

    private static func rsa(_ key: Insecure.RSA.PublicKey?) async throws(KeyError) -> VerificationKey {
        guard let key else {
            throw KeyError("holds a key that is neither RSA of 2,048 bits or more, nor P-256, nor Ed25519")
        }
        return try await VerificationKey(.rs256) { await $0.add(rsa: key, digestAlgorithm: .sha256) }
    }

    // MARK: JWK

    /// The public half of a key of a set; nil where it is for something else than verifying tokens in one of our ways.
    static func jwk(_ jwk: JWK) async -> VerificationKey? {
        var jwk = jwk
        jwk.privateExponent = nil
        jwk.prime1 = nil
        jwk.prime2 = nil
        let algorithm: TokenAlgorithm
        switch jwk.keyType {
        case .rsa: algorithm = .rs256
        case .ecdsa where jwk.curve?.rawValue == "P-256": algorithm = .es256
        case .octetKeyPair where jwk.curve?.rawValue == "Ed25519": algorithm = .edDSA
        default: return nil
        }
        guard jwk.algorithm == nil || jwk.algorithm?.rawValue == algorithm.rawValue else { return nil }
        jwk.algorithm = JWK.Algorithm(rawValue: algorithm.rawValue)
        let id = jwk.keyIdentifier?.string
        jwk.keyIdentifier = JWKIdentifier(string: id ?? "only")
        return try? await VerificationKey(algorithm, id: id) { [jwk] in try await $0.add(jwk: jwk) }
    }
}
