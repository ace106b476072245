import Testing

@testable import chat_gateway

private func head(_ text: String) -> ResponseHead? {
    Array(text.utf8).withUnsafeBytes { ResponseHead($0) }
}

@Test("A head gives status, length, framing and kind, whatever its letters' case")
func headGivesWhatTheTesterNeeds() throws {
    let text = "HTTP/1.1 201 Created\r\ncontent-LENGTH:  12 \r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n"
    let first = try #require(head(text + "Content-Type: text/event-stream; charset=utf-8\r\n\r\nbody"))
    #expect(first.status == 201)
    #expect(first.contentLength == 12)
    #expect(first.isChunked)
    #expect(first.closes)
    #expect(first.isEventStream)
    let other = try #require(head("HTTP/1.1 503 Unavailable\r\nContent-Type: application/json\r\n\r\n"))
    #expect(other.status == 503)
    #expect(other.contentLength == nil && !other.isChunked && !other.closes && !other.isEventStream)
}

@Test("A head without its blank line is not complete")
func headWithoutItsBlankLineIsNotComplete() {
    let text = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    for length in 0..<text.utf8.count { #expect(head(String(text.utf8.prefix(length)) ?? "") == nil) }
    #expect(head(text)?.size == text.utf8.count)
}

@Test("What is not HTTP has status 0", arguments: ["SSH-2.0-x\r\n\r\n", "HTTP/1.1 x\r\n\r\n", "\r\n\r\n"])
func whatIsNotHTTPHasStatusZero(text: String) {
    #expect(head(text)?.status == 0)
}
