/// A stream that curl holds open, without a buffer of its own.
package struct Listener: Sendable {
    /// The node that the stream is on, from its `ready`.
    package let node: String

    private let child: ChildProcess

    /// Opens a stream, with more of curl's options if need be, and waits for its `ready`.
    package init(_ url: String, _ options: [String] = []) async throws {
        child = try await ChildProcess("curl", ["-sSN"] + options + [url])
        let ready = try await child.line(of: .standard) { $0.hasPrefix("data:") && $0.contains("\"node\"") }
        guard let name = ready.firstMatch(of: /"node":"([^"]+)"/) else { throw Unexpected(ready) }
        node = String(name.output.1)
    }

    /// Waits for a line with this text.
    package func line(with text: String, within limit: Duration = .waitLimit) async throws {
        try await child.line(of: .standard, within: limit) { $0.contains(text) }
    }

    /// Whether the stream is still open.
    package var isOpen: Bool { child.ending == nil }

    /// Waits for the stream to end.
    package func end() async throws {
        _ = try await child.end()
    }

    /// Closes the stream.
    package func close() async {
        await child.kill()
    }
}
