import AsyncHTTPClient
import IntegrationSupport
import Testing

extension BrowserTests {
    /// What `client.js` and `client.d.ts` say of each other.
    @Suite struct ClientFileTests {
        private func file(_ name: String) throws -> String {
            try Checkout.text("Sources/ChatGateway/API/Client/\(name)")
        }

        private func members(of declaration: String, in text: String) throws -> Set<String> {
            let start = try #require(text.range(of: "\(declaration) {\n"))
            let end = try #require(text[start.upperBound...].range(of: "\n}"))
            let lines = text[start.upperBound..<end.lowerBound].split(separator: "\n")
            return Set(
                lines.compactMap { line in
                    line.firstMatch(of: /^  (?:readonly )?([A-Za-z]+)[?]?[:(<]/).map { String($0.output.1) }
                }
            )
        }

        @Test func theModuleHasFewerThan300Lines() throws {
            let lines = try file("client.js").split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count - 1 < 300)
            #expect(lines.allSatisfy { $0.count <= 120 })
        }

        @Test func whatIsDeclaredIsWhatTheModuleHas() async throws {
            let (module, types) = (try file("client.js"), try file("client.d.ts"))
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                try await browser.open("\(node.url)/chat.css")
                let names: [String] = try await browser.run(
                    """
                    const exported = await import('/client.js');
                    const chat = new exported.ChatClient({ share: false });
                    const names = [...Object.keys(chat), ...Object.getOwnPropertyNames(exported.ChatClient.prototype)];
                    return [...Object.keys(exported), ...names];
                    """
                )
                let inherited: Set = ["addEventListener", "removeEventListener"]
                let declared = try members(of: "export class ChatClient extends EventTarget", in: types)
                #expect(Set(names) == declared.subtracting(inherited).union(["ChatClient"]))
            }
            await node.child.kill()
            let events = try members(of: "export interface ChatClientEventMap", in: types)
            let told = try #require(module.firstMatch(of: /for \(const name of (\[[^\]]+\])\) on\(/)).output.1
            let passed = Set(told.matches(of: /"([a-z]+)"/).map { String($0.output.1) })
            let fired = Set(module.matches(of: /#fire\("([a-z]+)"/).map { String($0.output.1) })
            #expect(passed.union(fired) == events)
            for option in try members(of: "export interface ChatClientOptions", in: types) {
                #expect(module.contains(try Regex("\\b\(option)\\b")), "\(option)")
            }
        }
    }
}
