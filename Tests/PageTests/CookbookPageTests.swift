import Foundation
import IntegrationSupport
import Testing

extension BrowserTests {
    /// What the cookbook gives for pages, in a real browser.
    @Suite struct CookbookPageTests {
        private static let cookbook = "Sources/ChatGateway/ChatGateway.docc/Cookbook.md"

        private func folder(_ files: [String: String]) throws -> URL {
            let folder = FileManager.default.temporaryDirectory.appending(path: "cookbook-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
            return folder
        }

        @Test func theChatInThirtyLinesShowsWhatWasSaidAndIsSaid() async throws {
            let page = try MarkdownFile(Self.cookbook).block(in: "html")
            #expect(page.lines.count <= 30)
            let port = try RedisServer.freePort()
            let node = try await GatewayProcess(["--cors-origin", "http://127.0.0.1:\(port)"])
            let folder = try folder(["chat.html": page.text.replacing("http://localhost:8080", with: node.url)])
            defer { try? FileManager.default.removeItem(at: folder) }
            let server = try await StaticServer(path: folder.path, port: port)
            _ = try await post(#"{"user":"Ann","text":"<b>before</b>"}"#, to: "\(node.url)/rooms/hall/messages")
            try await ChromeDriver.current.withBrowser { browser in
                try await browser.open("\(server.origin)/chat.html")
                try await browser.wait(until: "document.querySelectorAll('#messages li').length === 1")
                try await browser.type("Bob", into: "#user")
                try await browser.type("after", into: "#text")
                try await browser.pressEnter(in: "#text")
                try await browser.wait(until: "document.querySelectorAll('#messages li').length === 2")
                let shown: String = try await browser.run("return messages.innerText")
                #expect(shown.split(separator: "\n") == ["Ann: <b>before</b>", "Bob: after"])
                try await browser.wait(until: "text.value === ''")
            }
            await node.child.kill()
            await server.stop()
        }

        @Test func aPageOfABackendWithSessionsListensByTicketsAndMissesNothing() async throws {
            let file = try MarkdownFile(Self.cookbook)
            let (script, backend) = (try file.block(in: "js").text, try file.block(in: "python").text)
            let port = try RedisServer.freePort()
            let secret = "the backend's secret of \(UUID().uuidString)"
            let issuer = TokenIssuer(secret: secret)
            let options = ["--auth", "jwt", "--cors-origin", "http://127.0.0.1:\(port)"]
            let variables = ["CHAT_GATEWAY_JWT_SECRET": secret]
            let node = try await GatewayProcess(options, environment: variables.mapValues { $0 })
            let folder = try folder([
                "backend.py": backend.replacing("http://localhost:8080", with: node.url)
                    .replacing("8000", with: "\(port)")
            ])
            defer { try? FileManager.default.removeItem(at: folder) }
            func startBackend() async throws -> ChildProcess {
                let program = try await ChildProcess(
                    "python3",
                    [folder.appending(path: "backend.py").path],
                    environment: variables.mapValues { $0 }
                )
                try await eventually("the backend answers") {
                    if program.ending != nil { throw Unexpected(program) }
                    return try await Curl.status("http://127.0.0.1:\(port)/") != nil
                }
                return program
            }
            var program = try await startBackend()
            let opsURL = try await node.opsURL
            func endStreams() async throws {
                let order = try await Curl.post(#"{"user":"ann"}"#, to: opsURL + "/admin/disconnect")
                #expect(order.status == 202)
            }
            let token = "Authorization: Bearer \(try issuer.token("shop", write: ["inbox-*"]))"
            func say(_ text: String) async throws {
                let answer = try await Curl.answer(
                    "\(node.url)/rooms/inbox-ann/messages",
                    ["-H", token, "-H", "Content-Type: application/json", "-d", "{\"text\":\"\(text)\"}"]
                )
                try #require(answer.status == 201, "\(answer)")
            }
            try await ChromeDriver.current.withBrowser { browser in
                // The backend's origin; who has no session hears nothing.
                try await browser.open("http://127.0.0.1:\(port)/")
                let refused: Int = try await browser.run(
                    "return (await fetch('/ticket', { method: 'POST' })).status"
                )
                #expect(refused == 403)
                try await browser.run(
                    """
                    document.cookie = 'session=4f1c';
                    window.heard = [];
                    window.tickets = 0;
                    window.told = [];
                    const real = window.fetch;
                    window.fetch = (...all) => {
                      tickets += 1;
                      const answer = real(...all);
                      answer.then(({ status }) => told.push(status), () => told.push('no answer'));
                      return answer;
                    };
                    \(script.replacing("http://localhost:8080", with: node.url))
                    await listen('inbox-ann', (message) => heard.push(message.text));
                    """
                )
                try await say("1")
                try await browser.wait(until: "heard.length === 1")
                // The browser comes back with a used ticket, gives up, and the page gets another one.
                try await endStreams()
                try await say("2")
                try await browser.wait(until: "tickets === 2 && heard.length === 2")
                try await say("3")
                try await browser.wait(until: "heard.length === 3")
                // The backend is away, then something else stands in its place that knows no POST; then it is back.
                await program.kill()
                try await endStreams()
                try await browser.wait(until: "told.includes('no answer')")
                let other = try await StaticServer(path: folder.path, port: port)
                try await say("4")
                try await browser.wait(until: "told.includes(501)")
                await other.stop()
                program = try await startBackend()
                try await browser.wait(until: "heard.length === 4")
                let heard: [String] = try await browser.run("return heard")
                #expect(heard == ["1", "2", "3", "4"])
            }
            await program.kill()
            await node.child.kill()
        }
    }
}
