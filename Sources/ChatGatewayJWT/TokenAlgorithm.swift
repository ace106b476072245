/// The ways of signing that are accepted; every key is for exactly one of them.
///
/// A token names its own, and only keys for that one are tried: none of them verifies with a public key as if it were a
/// secret, and `none` is not among them.
public enum TokenAlgorithm: String, CaseIterable, Hashable, Sendable {
    /// HMAC with SHA-256, by a secret that the issuer and the gateway share.
    case hs256 = "HS256"
    /// RSA, PKCS #1 v1.5, with SHA-256; keys of at least 2,048 bits.
    case rs256 = "RS256"
    /// ECDSA on the curve P-256 with SHA-256.
    case es256 = "ES256"
    /// Ed25519.
    case edDSA = "EdDSA"
}
