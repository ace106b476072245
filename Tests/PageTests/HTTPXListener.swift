import Foundation
import IntegrationSupport
import Testing

/// A listener whose bytes are read by httpx-sse: by the WHATWG rules, and not by us.
struct HTTPXListener: Sendable {
    /// One event of the stream.
    struct Event: Decodable, Hashable, Sendable {
        let event: String
        let data: String
        let id: String
    }

    private let process: ChildProcess

    /// Opens a stream, which ends after so many messages, and waits for its `ready`.
    init(url: String, count: Int) async throws {
        process = try await ChildProcess(TestPython.program(), [Fixtures.path("listen.py"), url, "\(count)"])
        // Without httpx and httpx-sse this throws what Python says about it.
        try await process.line(of: .standard) { $0.contains(#""event": "ready""#) }
    }

    /// The messages, once all have come.
    func messages() async throws -> [Event] {
        let ending = try await process.end()
        try #require(ending == .exit(0), "\(process.text(of: .error))")
        let events = try process.lines(of: .standard).map { try JSONDecoder().decode(Event.self, from: Data($0.utf8)) }
        return events.filter { $0.event == "message" }
    }
}
