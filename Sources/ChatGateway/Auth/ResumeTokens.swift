import Crypto
import NIOCore
import Synchronization

/// Makes and checks what a listener comes back with whose ticket is used.
///
/// A token is a grant with the time at which the original one ends, signed (HMAC-SHA256). The newest key signs; a few
/// older ones are still good, as nodes do not learn of a new one at the same moment.
final class ResumeTokens: Sendable {
    /// What a token says.
    enum Reading: Hashable {
        /// It is genuine; whether its time is over has yet to be seen.
        case grant(StreamGrant, tag: String)
        /// It was signed with a key that this node does not know.
        case unknownKey
        case forged
    }

    private struct Key {
        let id: [UInt8]
        let signing: SymmetricKey
        let naming: SymmetricKey
        let secret: [UInt8]

        init(_ secret: [UInt8]) {
            let material = SymmetricKey(data: secret)
            let derive = { (purpose: String, length: Int) in
                HKDF<SHA256>
                    .deriveKey(inputKeyMaterial: material, info: Array(purpose.utf8), outputByteCount: length)
            }
            id = derive("chat-gateway resume id", ResumeTokens.idLength).withUnsafeBytes { Array($0) }
            signing = derive("chat-gateway resume signature", 32)
            naming = derive("chat-gateway resume tag", 32)
            self.secret = secret
        }
    }

    private static let version: UInt8 = 1
    private static let idLength = 4
    private static let nonceLength = 8
    private static let tagBytes = 6
    private static let signatureLength = 32
    private static let knownKeys = 4

    /// The newest first.
    private let keys = Mutex<[Key]>([])
    /// The secret that was given, and holds alone.
    private let given = Mutex<[UInt8]?>(nil)

    /// Signs and checks with this secret alone from now on; nil ends one that was given before.
    func give(_ secret: [UInt8]?) {
        given.withLock { given in
            guard given != secret else { return }
            given = secret
            keys.withLock { $0 = secret.map { [Key($0)] } ?? [] }
        }
    }

    /// The secret that signs now; nil while there is none.
    var secret: [UInt8]? { keys.withLock { $0.first?.secret } }

    /// From now on this secret signs.
    func adopt(_ secret: [UInt8]) {
        keys.withLock { keys in
            guard keys.first?.secret != secret else { return }
            keys.removeAll { $0.secret == secret }
            keys.insert(Key(secret), at: 0)
            keys = Array(keys.prefix(Self.knownKeys))
        }
    }

    /// What all tickets of the same rights have in common, without telling which; nil while there is no key.
    func tag(of grant: StreamGrant) -> String? {
        guard let key = keys.withLock({ $0.first }) else { return nil }
        let code = HMAC<SHA256>.authenticationCode(for: Array(buffer: grant.rights), using: key.naming)
        return Base64URL.encode(code.prefix(Self.tagBytes))
    }

    /// A new token; nil while there is no key.
    func token(for grant: StreamGrant, tag: String) -> String? {
        guard let key = keys.withLock({ $0.first }), let tag = Base64URL.decode(tag.utf8), tag.count == Self.tagBytes
        else { return nil }
        var bytes = ByteBuffer()
        bytes.writeInteger(Self.version)
        bytes.writeBytes(key.id)
        bytes.writeInteger(UInt64.random(in: .min ... .max))
        bytes.writeBytes(tag)
        grant.write(to: &bytes)
        let code = HMAC<SHA256>.authenticationCode(for: Array(buffer: bytes), using: key.signing)
        bytes.writeBytes(Array(code))
        return Base64URL.encode(bytes.readableBytesView)
    }

    /// Reads a token.
    func read(_ token: String) -> Reading {
        guard let all = Base64URL.decode(token.utf8) else { return .forged }
        let head = 1 + Self.idLength + Self.nonceLength + Self.tagBytes
        guard all.count > head + Self.signatureLength, all[0] == Self.version else { return .forged }
        let id = all[1...Self.idLength]
        guard let key = keys.withLock({ $0.first { $0.id.elementsEqual(id) } }) else { return .unknownKey }
        let signed = all.dropLast(Self.signatureLength)
        guard
            HMAC<SHA256>
                .isValidAuthenticationCode(all.suffix(Self.signatureLength), authenticating: signed, using: key.signing),
            let grant = StreamGrant(ByteBuffer(bytes: signed.dropFirst(head)))
        else { return .forged }
        return .grant(grant, tag: Base64URL.encode(signed[(head - Self.tagBytes)..<head]))
    }
}
