import NIOCore

/// What a node said of its readiness.
struct ReadinessAnswer: Hashable {
    /// The status of the answer; nil where it was no HTTP.
    var status: Int?
    /// Why the node is not ready, as it says itself, on one line.
    var reason: String

    /// Reads a whole HTTP/1 answer.
    init(_ answer: ByteBuffer) {
        let text = String(buffer: answer)
        let words = text.prefix { $0 != "\r\n" }.split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            self.status = nil
            reason = text.isEmpty ? "no answer in time" : "the answer is not HTTP"
            return
        }
        self.status = status
        let body = text.firstRange(of: "\r\n\r\n").map { text[$0.upperBound...] } ?? ""
        reason = "status \(status)"
        if !body.isEmpty {
            reason += ": "
            JSONText.appendLine(body.prefix(500), to: &reason)
        }
    }
}
