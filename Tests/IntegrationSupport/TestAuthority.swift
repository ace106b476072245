import Foundation

/// A certificate authority of a test's own, made with openssl; its files go away with it.
public final class TestAuthority: Sendable {
    /// The authority's certificate.
    public var certificate: String { folder.appending(path: "authority.pem").path }

    private let folder: URL

    /// A certificate and its key, as PEM files.
    public struct Pair: Hashable, Sendable {
        /// The certificate.
        public let certificate: String
        /// Its private key.
        public let key: String
    }

    /// Makes an authority.
    public init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "authority-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await openssl(
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
            ["-subj", "/CN=Test Authority", "-keyout", "authority.key", "-out", "authority.pem"]
        )
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Makes a certificate for names such as `DNS:localhost` and `IP:127.0.0.1`.
    public func issue(_ name: String, for names: [String] = ["DNS:localhost", "IP:127.0.0.1"]) async throws -> Pair {
        let (key, request, certificate) = ("\(name).key", "\(name).csr", "\(name).pem")
        let extensions = folder.appending(path: "\(name).ext")
        try "subjectAltName=\(names.joined(separator: ","))".write(to: extensions, atomically: true, encoding: .utf8)
        try await openssl(
            ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)"],
            ["-keyout", key, "-out", request]
        )
        try await openssl(
            ["x509", "-req", "-in", request, "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"],
            ["-days", "2", "-extfile", extensions.path, "-out", certificate]
        )
        return Pair(
            certificate: folder.appending(path: certificate).path,
            key: folder.appending(path: key).path
        )
    }

    private func openssl(_ command: [String], _ more: [String]) async throws {
        _ = try await ChildProcess.output(of: "openssl", command + more, directory: folder.path)
    }
}
