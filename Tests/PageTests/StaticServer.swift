import Foundation
import IntegrationSupport

/// A web server of another origin than the gateway's, for pages that are not part of the gateway.
struct StaticServer: Sendable {
    /// What browsers send as `Origin`.
    let origin: String
    private let process: ChildProcess

    /// Serves one folder of the fixtures; port 0 lets the kernel choose.
    init(folder: String, port: Int = 0) async throws {
        try await self.init(path: Fixtures.path(folder), port: port)
    }

    /// Serves a folder of a test's own.
    init(path: String, port: Int = 0) async throws {
        process = try await ChildProcess(
            "python3",
            ["-u", "-m", "http.server", "\(port)", "--bind", "127.0.0.1", "--directory", path]
        )
        let line = try await process.line(of: .standard) { $0.contains("Serving HTTP") }
        guard let port = line.firstMatch(of: /port (\d+)/)?.output.1 else { throw WebDriverError(line) }
        origin = "http://127.0.0.1:\(port)"
    }

    /// Waits until somebody has asked for an address with this text.
    func waitForRequest(of text: String) async throws {
        try await process.line(of: .error) { $0.contains(text) }
    }

    /// Ends the server.
    func stop() async {
        await process.stop()
    }
}
