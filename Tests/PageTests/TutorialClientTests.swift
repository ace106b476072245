import AsyncHTTPClient
import Foundation
import IntegrationSupport
import Testing

extension BrowserTests {
    /// The client of the plain `/chat` tutorial, on a page that another server serves.
    @Suite struct TutorialClientTests {
        @Test func itWorksFromAnOriginThatIsListed() async throws {
            let server = try await StaticServer(folder: "tutorial")
            let node = try await GatewayProcess(["--cors-origin", server.origin])
            try await ChromeDriver.current.withBrowser { browser in
                try await browser.open("\(server.origin)/?gateway=\(node.url)")
                try await browser.wait(until: "chat.readyState === EventSource.OPEN")
                try await browser.type("Ann", into: "#name")
                try await browser.type("Hello", into: "#message")
                try await browser.pressEnter(in: "#message")
                try await browser.wait(until: "document.querySelector('#messages li')")
                let shown: String = try await browser.run("return document.querySelector('#messages').innerText")
                #expect(shown == "Ann: Hello")
                try await browser.wait(until: "document.title === 'answered 201'")
            }
            await node.child.kill()
            await server.stop()
        }

        @Test func nothingArrivesFromAnOriginThatIsNotListed() async throws {
            let server = try await StaticServer(folder: "tutorial")
            let node = try await GatewayProcess(["--cors-origin", "http://elsewhere.example"])
            let listener = try await HTTPXListener(url: "\(node.url)/chat", count: 1)
            try await ChromeDriver.current.withBrowser { browser in
                try await browser.open("\(server.origin)/?gateway=\(node.url)")
                try await browser.wait(until: "chat.readyState === EventSource.CLOSED")
                try await browser.type("Mallory", into: "#name")
                try await browser.pressEnter(in: "#message")
                try await browser.wait(until: "document.title === 'failed'")
                _ = try await post(#"{"name":"Ann","message":"Hello"}"#, to: "\(node.url)/chat")
                let first = try #require(try await listener.messages().first)
                #expect(first.data.contains("Ann"), "what the other page sent must not come before this")
                let shown: String = try await browser.run("return document.querySelector('#messages').innerText")
                #expect(shown.isEmpty)
            }
            await node.child.kill()
            await server.stop()
        }
    }
}
