import AsyncHTTPClient
import IntegrationSupport
import Testing

/// How a node serves the page's files.
@Suite struct PageFileTests {
    @Test(arguments: ["/", "/chat.css", "/chat.js", "/client.js", "/client.d.ts"])
    func aFileThatTheBrowserHasIsNotSentAgain(path: String) async throws {
        let node = try await GatewayProcess()
        var request = HTTPClientRequest(url: node.url + path)
        let first = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        let bytes = try await first.body.collect(upTo: 1 << 20)
        let tag = try #require(first.headers.first(name: "ETag"))
        #expect(first.status == .ok)
        #expect(bytes.readableBytes > 1000)
        #expect(first.headers.first(name: "Content-Security-Policy")?.contains("default-src 'self'") == true)
        let policy = try #require(first.headers.first(name: "Content-Security-Policy"))
        #expect(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"))
        #expect(first.headers.first(name: "X-Content-Type-Options") == "nosniff")
        #expect(first.headers.first(name: "Referrer-Policy") == "no-referrer")
        request.headers.add(name: "If-None-Match", value: tag)
        let second = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        #expect(second.status == .notModified)
        #expect(try await second.body.collect(upTo: 1).readableBytes == 0)
        await node.child.kill()
    }
}
