import Foundation
import IntegrationSupport
import Testing

extension BrowserTests {
    /// `client.js` where not everybody may do everything.
    @Suite struct ClientAccessTests {
        private static let reason = "return told.events.findLast(({ state }) => state === 'over').reason"

        private let issuer = TokenIssuer()

        private var options: [String] { ["--auth", "jwt", "--jwt-secret", issuer.published, "--heartbeat", "400ms"] }

        @Test func aTokenThatEndsIsAskedForAnew() async throws {
            let node = try await GatewayProcess(options)
            try await ChromeDriver.current.withBrowser { browser in
                // Its time begins only where the browser is there.
                let tokens = [
                    try issuer.token("ann", read: ["a"], write: ["a"], expires: .seconds(10)),
                    try issuer.token("ann", read: ["a"], write: ["a"]),
                ]
                let tab = try await ClientTab(
                    browser,
                    at: node.url,
                    isFirst: true,
                    preparing: "window.tokens = \(tokens); window.asked = 0;",
                    "{ rooms: ['a'], user: 'ann', token: async () => tokens[Math.min(asked++, 1)] }"
                )
                try await tab.waitForConnection()
                let first: String = try await tab.run("return told.events.find(({ name }) => name === 'ready').stream")
                try await tab.run("chat.send('a', { text: 'with the first' })")
                try await tab.waitForText("with the first")
                try await tab.wait(
                    until: "told.events.some(({ name, stream }) => name === 'ready' && stream !== '\(first)')"
                )
                try await tab.run("chat.send('a', { text: 'with the second' })")
                try await tab.waitForText("with the second")
                #expect(try await tab.texts() == ["with the first", "with the second"])
                let asked: Int = try await tab.run("return asked")
                #expect(asked == 2)
                let isOver: Bool = try await tab.run("return told.events.some(({ state }) => state === 'over')")
                #expect(!isOver)
            }
            await node.child.kill()
        }

        @Test func aTicketIsAskedForEachStream() async throws {
            let node = try await GatewayProcess(options)
            let token = try issuer.token("ann", read: ["*"], write: ["*"])
            try await ChromeDriver.current.withBrowser { browser in
                let tab = try await ClientTab(
                    browser,
                    at: node.url,
                    isFirst: true,
                    preparing: """
                        window.tickets = [];
                        window.ticket = async () => {
                          const headers = { Authorization: 'Bearer \(token)' };
                          const answer = await fetch('/tickets', { method: 'POST', headers });
                          return tickets[tickets.push((await answer.json()).ticket) - 1];
                        };
                        """,
                    "{ rooms: ['a'], user: 'ann', ticket, history: 0 }"
                )
                try await tab.waitForConnection()
                try await tab.run("told.events.length = 0; chat.join('b')")
                try await tab.wait(until: "told.events.some(({ rooms }) => rooms?.includes('b'))")
                let tickets: [String] = try await tab.run("return tickets")
                #expect(Set(tickets).count == tickets.count && tickets.count >= 2)
            }
            await node.child.kill()
        }

        @Test func whoeverIsRefusedIsToldWhy() async throws {
            let node = try await GatewayProcess(options)
            let token = try issuer.token("ann", read: ["a", "b"], write: ["*"])
            let known = "user: 'ann', token: () => '\(token)'"
            try await ChromeDriver.current.withBrowser { browser in
                let tab = try await ClientTab(browser, at: node.url, isFirst: true, "{ rooms: ['a'], \(known) }")
                try await tab.waitForConnection()
                let other = try await ClientTab(browser, at: node.url, "{ rooms: ['b', 'secret'], \(known) }")
                // One room too many does not take the others away.
                try await other.wait(until: "told.events.some(({ name }) => name === 'refused')")
                try await other.wait(until: "chat.state === 'online'")
                let refused: [String] = try await other.run(
                    "return told.events.filter(({ name }) => name === 'refused').map((told) => told.room + told.status)"
                )
                #expect(refused == ["secret403"])
                try await other.run("chat.send('a', { text: 'for a' }); chat.send('b', { text: 'for b' })")
                try await tab.waitForText("for a")
                try await other.waitForText("for b")
                try await StreamCensus.waitForOne(in: ["a", "b"], at: node)
                let lost = try await ClientTab(browser, at: node.url, "{ rooms: ['secret'], \(known) }")
                try await lost.wait(until: "chat.state === 'over'")
                let stranger = try await ClientTab(browser, at: node.url, "{ rooms: ['a'], token: () => 'none' }")
                try await stranger.wait(until: "chat.state === 'over'")
                for (tab, reason) in [(lost, "forbidden"), (stranger, "unauthorized")] {
                    let told: String = try await tab.run(Self.reason)
                    #expect(told == reason)
                }
                try await StreamCensus.waitForOne(in: ["a", "b"], at: node)
                let disconnect = "\(try await node.opsURL)/admin/disconnect"
                _ = try await Curl.post(#"{"user":"ann","bar":"10m"}"#, to: disconnect)
                for tab in [tab, other] {
                    try await tab.wait(until: "chat.state === 'over'")
                    let reason: String = try await tab.run(Self.reason)
                    #expect(reason == "kicked")
                }
                #expect(try await StreamCensus.rooms(of: node).isEmpty)
                _ = try await Curl.post(#"{"user":"ann","bar":"0s"}"#, to: disconnect)
                try await other.run("chat.connect()")
                try await other.wait(until: "chat.state === 'online'")
                try await tab.wait(until: "chat.state === 'online'")
            }
            await node.child.kill()
        }

        @Test func whereItCannotBeAskedWhichRoomIsRefusedItIsAskedLater() async throws {
            let node = try await GatewayProcess(options)
            let token = try issuer.token("ann", read: ["a"], write: ["a"])
            try await ChromeDriver.current.withBrowser { browser in
                let tab = try await ClientTab(
                    browser,
                    at: node.url,
                    isFirst: true,
                    // The first question is for all rooms, and the next two are for one each.
                    preparing: """
                        const fetch = window.fetch;
                        let count = 0;
                        window.fetch = async (...request) => {
                          if (request[1]?.method === 'HEAD' && [2, 3].includes(count += 1)) throw new TypeError('lost');
                          return fetch(...request);
                        };
                        """,
                    "{ rooms: ['a', 'secret'], user: 'ann', token: () => '\(token)' }"
                )
                try await tab.wait(until: "told.events.some(({ state }) => ['online', 'over'].includes(state))")
                let refused: [String] = try await tab.run(
                    "return told.events.filter(({ name }) => name === 'refused').map(({ room }) => room)"
                )
                #expect(refused == ["secret"])
                try await tab.wait(until: "chat.state === 'online'")
            }
            await node.child.kill()
        }

        @Test func aPageOfAnotherOriginUsesItWhereItMay() async throws {
            let server = try await StaticServer(folder: "tutorial")
            let node = try await GatewayProcess(options + ["--cors-origin", server.origin])
            let closed = try await GatewayProcess()
            let token = try issuer.token("ann", read: ["a"], write: ["a"])
            try await ChromeDriver.current.withBrowser { browser in
                let tab = try await ClientTab(
                    browser,
                    at: node.url,
                    page: "\(server.origin)/nothing",
                    isFirst: true,
                    "{ url: '\(node.url)', rooms: ['a'], excludeMe: true, token: () => '\(token)' }"
                )
                try await tab.waitForConnection()
                // What it posts itself counts as told with the answer.
                try await tab.run("chat.send('a', { text: 'my own' })")
                try await tab.wait(until: "told.events.some(({ state, message }) => state === 'sent' && message.time)")
                let bo = try issuer.token("bo", write: ["a"])
                let answer = try await Curl.answer(
                    "\(node.url)/rooms/a/messages",
                    [
                        "-H", "Authorization: Bearer \(bo)", "-H", "Content-Type: application/json", "-d",
                        #"{"text":"of bo"}"#,
                    ]
                )
                #expect(answer.status == 201)
                try await tab.waitForText("of bo")
                #expect(try await tab.texts() == ["of bo"])
                let isKeptOut: Bool = try await tab.run(
                    "return import('\(closed.url)/client.js').then(() => false, () => true)"
                )
                #expect(isKeptOut)
            }
            await node.child.kill()
            await closed.child.kill()
            await server.stop()
        }
    }
}
