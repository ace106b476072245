import NIOSSL

/// Where a certificate and its key are.
struct CertificateFiles: Hashable, Sendable {
    /// A PEM file with the certificate, then those that lead to its authority.
    var certificate: String
    /// A PEM file with the certificate's private key.
    var key: String

    /// Reads both.
    func read() throws(CertificateFailure) -> ([NIOSSLCertificate], NIOSSLPrivateKey) {
        guard let chain = try? NIOSSLCertificate.fromPEMFile(certificate), !chain.isEmpty else {
            throw CertificateFailure("no certificate can be read from \(certificate)")
        }
        guard let key = try? NIOSSLPrivateKey(file: key, format: .pem) else {
            throw CertificateFailure("no private key without a passphrase can be read from \(key)")
        }
        return (chain, key)
    }
}
