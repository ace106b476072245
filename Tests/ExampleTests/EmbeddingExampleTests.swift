import ChatGatewayClient
import Foundation
import IntegrationSupport
import Testing

/// An application of Hummingbird's that has the gateway on its port.
@Suite struct EmbeddingExampleTests {
    private struct Words: Codable {
        var text: String
    }

    /// The next event but for who is there, which is told at moments of its own.
    private func next(_ events: inout ChatEvents.Iterator) async throws -> ChatEvent? {
        while let event = try await events.next() {
            if case .presence = event { continue }
            return event
        }
        return nil
    }

    @Test func `it takes under 20 lines`() throws {
        #expect(try Example.lineCount("Sources/Examples/Embedding/EmbeddingExample.swift") < 20)
    }

    @Test func `the article shows it as it is`() throws {
        let code = try Checkout.text("Sources/Examples/Embedding/EmbeddingExample.swift")
        let article = try Checkout.text("Sources/ChatGateway/ChatGateway.docc/Embedding.md")
        #expect(article.contains("```swift\n\(code)```"))
    }

    @Test(.timeLimit(.minutes(5)))
    func `its own route, the chat, its authorizer and its filter work on one port`() async throws {
        let program = try await Example.start("EmbeddingExample", environment: ["PORT": "0", "LOG_LEVEL": nil])
        let line = try await program.line(of: .error) { $0.contains("Server started and listening on ") }
        let url = "http://127.0.0.1:" + line.split(separator: ":").suffix(1).joined()
        #expect(try await Curl.answer(url + "/hello").body == "Hello")
        #expect(try await Curl.status(url + "/nothing") == 404)

        let stranger = ChatClient(url) { "guessed" }
        var refused = stranger.events(in: ["lobby"]).makeAsyncIterator()
        let refusal1 = await #expect(throws: ChatClientError.self) { try await refused.next() }
        #expect(refusal1?.status == 401)
        let post = await #expect(throws: ChatClientError.self) {
            try await stranger.publish(Words(text: "Hello"), to: "lobby")
        }
        #expect(post?.status == 401 && post?.reason == "Log in first")

        let (ann, bob) = (ChatClient(url) { "session-of-ann" }, ChatClient(url) { "session-of-bob" })
        var events = ann.events(in: ["lobby"]).makeAsyncIterator()
        guard case .ready = try await next(&events) else { throw Unexpected("no ready") }
        let spoiler = await #expect(throws: ChatClientError.self) {
            try await bob.publish(Words(text: "A spoiler: he dies"), to: "lobby")
        }
        #expect(spoiler?.status == 422 && spoiler?.reason == "Let others watch it first")
        try await bob.publish(Words(text: "Hello"), to: "lobby")
        guard case .message(let message) = try await next(&events) else { throw Unexpected("no message") }
        #expect(try message.user == "bob" && message.decode(Words.self).text == "Hello")

        #expect(try await Curl.answer(url + "/logout/session-of-ann", ["-X", "POST"]).body == "1 nodes told")
        guard case .bye(let bye) = try await next(&events) else { throw Unexpected("no bye") }
        #expect(bye.reason == "kicked")
        #expect(try await next(&events) == nil)
        var again = ann.events(in: ["lobby"]).makeAsyncIterator()
        let refusal2 = await #expect(throws: ChatClientError.self) { try await again.next() }
        #expect(refusal2?.status == 401)
        #expect(try await Curl.answer(url + "/logout/session-of-ann", ["-X", "POST"]).status == 404)
        try await bob.publish(Words(text: "Bye"), to: "lobby")
        #expect(await program.stop() == .exit(0))
    }
}
