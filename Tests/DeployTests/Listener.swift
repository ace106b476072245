import IntegrationSupport

/// A stream that curl holds open, without a buffer of its own.
struct Listener: Sendable {
    /// The node that the stream is on, from its `ready`.
    let node: String

    private let child: ChildProcess

    /// Opens a stream and waits for its `ready`.
    init(_ url: String) async throws {
        child = try await ChildProcess("curl", ["-sSN", url])
        let ready = try await child.line(of: .standard) { $0.hasPrefix("data:") && $0.contains("\"node\"") }
        guard let name = ready.firstMatch(of: /"node":"([^"]+)"/) else { throw Unexpected(ready) }
        node = String(name.output.1)
    }

    /// Waits for a line with this text.
    func line(with text: String, within limit: Duration = .seconds(10)) async throws {
        try await child.line(of: .standard, within: limit) { $0.contains(text) }
    }

    /// Whether the stream is still open.
    var isOpen: Bool { child.ending == nil }

    /// Waits for the stream to end.
    func end() async throws {
        _ = try await child.end()
    }

    /// Closes the stream.
    func close() async {
        await child.kill()
    }
}
