import NIOCore
import Testing

@testable import chat_gateway

struct ReadinessAnswerTests {
    @Test("The status and the reason of an answer are read")
    func status() {
        let ready = ReadinessAnswer(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
        #expect(ready.status == 200)
        let away = ReadinessAnswer(ByteBuffer(string: "HTTP/1.0 503 \r\nX: y\r\n\r\n{\"reason\":\"broker\nend\"}"))
        #expect(away.status == 503)
        #expect(away.reason == #"status 503: {"reason":"broker\nend"}"#)
    }

    @Test("What is no HTTP has no status", arguments: ["", "HTTP/1.1", "HTTP/1.1 x y\r\n", "SSH-2.0-x 200", "\r\n"])
    func noHTTP(text: String) {
        #expect(ReadinessAnswer(ByteBuffer(string: text)).status == nil)
    }

    @Test("A listener on all addresses is asked on loopback, and IPv6 is bracketed in URLs")
    func loopback() {
        #expect(LocalAddress.reaching("0.0.0.0").authority == "127.0.0.1")
        #expect(LocalAddress.reaching("::").authority == "[::1]")
        #expect(LocalAddress.reaching("192.0.2.1").host == "192.0.2.1")
        #expect(LocalAddress.reaching("::").url(port: 80) == "http://[::1]:80/")
    }
}
