import Logging
import NIOCore
import NIOSSL
import Synchronization

/// The certificate that the public listener shows, and the TLS that goes with it.
///
/// Can be read again while connections are open: those keep what they began with.
final class ServerCertificate: Sendable {
    private let files: CertificateFiles
    private let context: Mutex<NIOSSLContext>

    /// Reads the files; throws why they cannot be used.
    init(_ files: CertificateFiles) throws(CertificateFailure) {
        self.files = files
        context = Mutex(try Self.context(files))
    }

    /// Reads the files again, for new connections; where they cannot be used what was read before stays.
    func reload(logger: Logger) {
        do throws(CertificateFailure) {
            let new = try Self.context(files)
            context.withLock { $0 = new }
            logger.notice("certificate read again", metadata: ["tls.cert": "\(files.certificate)"])
        } catch {
            logger.error("the certificate stays as it was", metadata: ["reason": "\(error)"])
        }
    }

    /// Puts TLS in front of everything that a connection will have.
    func secure(_ channel: any Channel) throws {
        let server = NIOSSLServerHandler(context: context.withLock { $0 })
        try channel.pipeline.syncOperations.addHandlers([server, RecordSplitter()])
    }

    private static func context(_ files: CertificateFiles) throws(CertificateFailure) -> NIOSSLContext {
        let (chain, key) = try files.read()
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        // Who does not answer the end of a connection has no right to hold up a node that stops.
        configuration.shutdownTimeout = .seconds(1)
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw CertificateFailure(
                "the key in \(files.key) does not belong to the certificate in \(files.certificate)"
            )
        }
    }
}
