import Foundation
import IntegrationSupport

/// A web server that publishes a key set, and can go away.
final class KeyServer {
    let folder: URL
    private(set) var port = 0
    private var process: ChildProcess?

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        process?.signal(SIGKILL)
        try? FileManager.default.removeItem(at: folder)
    }

    var url: String { "http://127.0.0.1:\(port)/jwks.json" }

    /// How often the set has been asked for since the last start.
    var requestCount: Int { process?.lines(of: .error).count { $0.contains("GET /jwks.json") } ?? 0 }

    func publish(_ keys: String...) throws {
        let document = #"{"keys":[\#(keys.joined(separator: ","))]}"#
        try Data(document.utf8).write(to: folder.appending(path: "jwks.json"), options: .atomic)
    }

    /// Starts the server; a second time on the same port.
    func start() async throws {
        let child = try await ChildProcess(
            "python3",
            ["-u", "-m", "http.server", "\(port)", "--bind", "127.0.0.1", "--directory", folder.path]
        )
        process = child
        let line = try await child.line(of: .standard) { $0.contains("Serving HTTP") }
        guard let port = line.firstMatch(of: /port (\d+)/).flatMap({ Int($0.output.1) }) else { throw Unexpected(line) }
        self.port = port
    }

    func stop() async {
        await process?.stop()
    }
}
