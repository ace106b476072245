import Foundation
import IntegrationSupport
import Testing

extension BrowserTests {
    /// What a browser's own EventSource makes of tickets.
    @Suite struct TicketTests {
        private let issuer = TokenIssuer()

        private var options: [String] { ["--auth", "jwt", "--jwt-secret", issuer.published] }

        /// Has the page ask for a ticket with a token.
        private func ticket(_ browser: Browser, for token: String, at url: String = "") async throws -> String {
            try await browser.run(
                """
                const answer = await fetch('\(url)/tickets',
                  { method: 'POST', headers: { Authorization: 'Bearer \(token)' } });
                return (await answer.json()).ticket;
                """
            )
        }

        private func say(_ text: String, at node: GatewayProcess, _ token: String) async throws {
            let answer = try await Curl.answer(
                "\(node.url)/rooms/harbour/messages",
                ["-H", "Authorization: Bearer \(token)", "-H", "Content-Type: application/json"]
                    + ["--data-binary", #"{"text":"\#(text)"}"#]
            )
            try #require(answer.status == 201, "\(answer)")
        }

        @Test func aStreamOfATicketGoesOnAtAnotherNode() async throws {
            let token = try issuer.token("ann", read: ["harbour"], write: ["harbour"])
            try await TwoNodes.with(options, first: options) { nodes in
                var (ticket, node) = ("", "")
                // One request a turn goes through nginx, so that its round reaches every node.
                for _ in 0..<10 where node != "first" {
                    let answer = try await Curl.answer(
                        "\(nodes.second.url)/tickets",
                        ["-X", "POST", "-H", "Authorization: Bearer \(token)"]
                    )
                    ticket = String(try #require(answer.body.firstMatch(of: /"ticket":"([^"]+)"/)).output.1)
                    try await EventSourceRecord.start("/rooms/harbour/events?ticket=\(ticket)", in: nodes.browser)
                    try await nodes.browser.wait(until: "record.ready.length > 0")
                    node = try await nodes.browser.run("return record.ready[0].node")
                }
                try #require(node == "first")
                try await say("1", at: nodes.first, token)
                try await nodes.browser.wait(until: "record.messages.length > 0")
                await nodes.first.child.kill()
                try await nodes.browser.wait(until: "source.readyState === EventSource.CONNECTING")
                try await say("2", at: nodes.second, token)
                try await nodes.browser.wait(until: "record.ready.length > 1 && record.messages.length > 1")
                let copy = try await Curl.answer("\(nodes.second.url)/rooms/harbour/events?ticket=\(ticket)")
                #expect(copy.status == 401)
                let record: EventSourceRecord = try await nodes.browser.run("return record")
                #expect(record.ready.map(\.node) == ["first", "second"])
                #expect(record.ready.last?.resumed == true)
                #expect(record.messages.map(\.text) == ["1", "2"])
                #expect(record.gapCount == 0)
                // No script of the page sees what brings it back.
                let cookies: String = try await nodes.browser.run("return document.cookie")
                #expect(cookies.isEmpty)
                // Somebody else with the same address has no cookie.
                try await ChromeDriver.current.withBrowser { other in
                    let url: String = try await nodes.browser.run("return location.href")
                    try await other.open(url)
                    try await EventSourceRecord.start("/rooms/harbour/events?ticket=\(ticket)", in: other)
                    try await other.wait(until: "source.readyState === EventSource.CLOSED")
                    let stolen: EventSourceRecord = try await other.run("return record")
                    #expect(stolen.ready.isEmpty)
                }
            }
        }

        @Test func twoUsersInOneBrowserComeBackEachAsWhoTheyAre() async throws {
            let tokens = [try issuer.token("ann", read: ["a"]), try issuer.token("bo", read: ["b"])]
            var node = try await GatewayProcess(options)
            let port = try node.port
            try await ChromeDriver.current.withBrowser { browser in
                try await browser.open("\(node.url)/chat.css")
                let tickets = [
                    try await ticket(browser, for: tokens[0]), try await ticket(browser, for: tokens[1]),
                    try await ticket(browser, for: tokens[0]),
                ]
                try await browser.run(
                    """
                    window.ready = [[], [], []];
                    window.sources = \(tickets).map((ticket, index) => {
                      const room = index === 1 ? 'b' : 'a';
                      const source = new EventSource(`/events?room=${room}&ticket=${ticket}`);
                      source.addEventListener('ready', (event) =>
                        ready[index].push(Object.keys(JSON.parse(event.data).rooms)[0]));
                      return source;
                    });
                    """
                )
                try await browser.wait(until: "ready.every((rooms) => rooms.length === 1)")
                await node.child.kill()
                try await browser.wait(
                    until: "sources.every((source) => source.readyState === EventSource.CONNECTING)"
                )
                node = try await GatewayProcess(options, port: port)
                try await browser.wait(until: "ready.every((rooms) => rooms.length === 2)")
                let rooms: [[String]] = try await browser.run("return ready")
                #expect(rooms == [["a", "a"], ["b", "b"], ["a", "a"]])
            }
            await node.child.kill()
        }

        @Test func onAnotherOriginTheTokenOfReadyBringsTheStreamBack() async throws {
            let server = try await StaticServer(folder: "tutorial")
            let options = options + ["--cors-origin", server.origin]
            var node = try await GatewayProcess(options)
            let port = try node.port
            let url = node.url
            let token = try issuer.token("ann", read: ["harbour"])
            try await ChromeDriver.current.withBrowser { browser in
                try await browser.open("\(server.origin)/?gateway=http://127.0.0.1:9")
                let ticket = try await ticket(browser, for: token, at: url)
                try await browser.run(
                    """
                    window.tokens = [];
                    window.listen = (query) => {
                      window.source = new EventSource('\(url)/rooms/harbour/events?' + query);
                      source.addEventListener('ready', (event) => tokens.push(JSON.parse(event.data).resume));
                    };
                    listen('ticket=\(ticket)');
                    """
                )
                try await browser.wait(until: "tokens.length === 1")
                await node.child.kill()
                node = try await GatewayProcess(options, port: port)
                // Its cookie does not travel, so that the ticket alone is worth nothing.
                try await browser.wait(until: "source.readyState === EventSource.CLOSED")
                try await browser.run("listen('resume=' + tokens[0])")
                try await browser.wait(until: "tokens.length === 2")
                let isRenewed: Bool = try await browser.run("return tokens[0] !== tokens[1]")
                #expect(isRenewed)
            }
            await node.child.kill()
            await server.stop()
        }

        @Test func whenTheTokenEndsTheBrowserStops() async throws {
            let node = try await GatewayProcess(options + ["--heartbeat", "400ms"])
            try await ChromeDriver.current.withBrowser { browser in
                try await browser.open("\(node.url)/chat.css")
                let token = try issuer.token("ann", read: ["*"], expires: .seconds(4))
                let ticket = try await ticket(browser, for: token)
                try await EventSourceRecord.start("/rooms/harbour/events?ticket=\(ticket)", in: browser)
                try await browser.wait(until: "record.ready.length > 0")
                try await browser.wait(until: "source.readyState === EventSource.CLOSED")
                let record: EventSourceRecord = try await browser.run("return record")
                #expect(record.byes.map(\.reason) == ["expired"])
                #expect(record.ready.count == 1)
            }
            await node.child.kill()
        }
    }
}
