/// Files of TLS that cannot be used.
struct CertificateFailure: Error, CustomStringConvertible {
    /// Why, as a phrase that names the file.
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
