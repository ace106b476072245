/// Requests as people make them on the command line.
package enum Curl {
    /// An answer: its status, its head and its body.
    package struct Answer {
        package var status: Int
        package var head: String
        package var body: String
    }

    /// Sends a request; 000 from curl, no answer at all, is an error.
    package static func answer(_ url: String, _ arguments: [String] = []) async throws -> Answer {
        let text = try await ChildProcess.output(of: "curl", ["-sS", "-i", "-m", "20"] + arguments + [url])
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1).map(String.init)
        guard let head = parts.first, let status = head.firstMatch(of: /^HTTP\/\S+ (\d+)/).flatMap({ Int($0.output.1) })
        else { throw Unexpected(text) }
        return Answer(status: status, head: head, body: parts.count > 1 ? parts[1] : "")
    }

    /// The status of an answer; nil if there was none.
    package static func status(_ url: String) async throws -> Int? {
        try? await answer(url).status
    }

    /// POSTs a message.
    package static func post(_ json: String, to url: String) async throws -> Answer {
        try await answer(url, ["-H", "Content-Type: application/json", "--data-binary", json])
    }
}
