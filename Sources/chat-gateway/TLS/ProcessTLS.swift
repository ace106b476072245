import ChatGatewayRedis
import Logging

/// Everything of TLS that a node's process has read from files.
struct ProcessTLS: Sendable {
    /// What the public listener shows; nil where it speaks plain HTTP.
    let server: ServerCertificate?
    /// For links to Redis; nil where they are not encrypted.
    let redis: RedisTLS?

    /// Reads the files of a configuration; throws, with the setting's name, what cannot be used.
    init(_ configuration: ServeConfiguration) throws(Mistake) {
        do throws(CertificateFailure) {
            server = try configuration.certificate.map { certificate throws(CertificateFailure) in
                let key = configuration.certificateKey ?? certificate
                return try ServerCertificate(CertificateFiles(certificate: certificate, key: key))
            }
        } catch {
            throw Mistake(source: "tls-cert, tls-key", reason: "\(error)")
        }
        do throws(RedisTLSError) {
            redis = configuration.redis?.isSecure == true ? try RedisTLS(configuration.redisTLS) : nil
        } catch {
            throw Mistake(source: "redis-ca, redis-cert, redis-key", reason: "\(error)")
        }
    }

    /// Reads all files again; what cannot be used stays as it was, with one line in the log.
    func reload(logger: Logger) {
        server?.reload(logger: logger)
        do throws(RedisTLSError) {
            try redis?.reload()
        } catch {
            logger.error("the certificates for Redis stay as they were", metadata: ["reason": "\(error)"])
        }
    }
}
