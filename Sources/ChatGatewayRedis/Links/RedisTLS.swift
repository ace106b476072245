import NIOCore
import NIOSSL
import Synchronization

/// How a broker knows that a Redis behind `rediss://` is the right one, and proves who it is itself.
///
/// The host's name, or its address, has to stand in Redis's certificate. Can be used from any thread.
public final class RedisTLS: Sendable {
    /// Where the certificates are, all of them PEM files.
    public struct Files: Hashable, Sendable {
        /// Authorities to trust; those of the system if nil.
        public var authorities: String?
        /// The certificate to show to Redis, then those that lead to its authority; none if nil.
        public var certificate: String?
        /// The private key of that certificate; the certificate's own file if nil.
        public var key: String?

        /// Makes a set of files.
        public init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
            self.authorities = authorities
            self.certificate = certificate
            self.key = key
        }
    }

    private let files: Files
    private let context: Mutex<NIOSSLContext>

    /// Reads the files; blocks while the disk does.
    ///
    /// - Throws: Which of them cannot be used.
    public init(_ files: Files = Files()) throws(RedisTLSError) {
        self.files = files
        context = Mutex(try Self.context(files))
    }

    /// Reads the files again, for the links that are opened from now on; blocks while the disk does.
    ///
    /// - Throws: Which of them cannot be used; what was read before stays then.
    public func reload() throws(RedisTLSError) {
        let new = try Self.context(files)
        context.withLock { $0 = new }
    }

    /// The first handler of a connection to this host.
    func handler(host: String) throws -> NIOSSLClientHandler {
        let context = context.withLock { $0 }
        // An address has no place in the greeting of TLS; it is looked for in the certificate all the same.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }

    private static func context(_ files: Files) throws(RedisTLSError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.shutdownTimeout = .seconds(1)
        if let path = files.authorities {
            guard let authorities = try? NIOSSLCertificate.fromPEMFile(path), !authorities.isEmpty else {
                throw RedisTLSError("no certificate can be read from \(path)")
            }
            configuration.trustRoots = .certificates(authorities)
        }
        if let path = files.certificate {
            guard let chain = try? NIOSSLCertificate.fromPEMFile(path), !chain.isEmpty else {
                throw RedisTLSError("no certificate can be read from \(path)")
            }
            guard let key = try? NIOSSLPrivateKey(file: files.key ?? path, format: .pem) else {
                throw RedisTLSError("no private key without a passphrase can be read from \(files.key ?? path)")
            }
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(key)
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            guard let path = files.certificate else { throw RedisTLSError("the system's authorities cannot be read") }
            throw RedisTLSError("the key in \(files.key ?? path) does not belong to the certificate in \(path)")
        }
    }
}

/// Why files of TLS cannot be used: a phrase that names the file.
public struct RedisTLSError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The phrase.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
