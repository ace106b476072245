import Foundation
import IntegrationSupport
import Testing

extension BrowserTests {
    /// `client.js` while nodes, and what is before them, go away and come back.
    @Suite struct ClientOutagesTests {
        /// What is told of a message that was sent.
        struct Outbox: Decodable {
            let id: String
            let state: String
        }

        @Test func whatIsSentWhileTheNodeIsAwayIsSentOnceAndInOrderWhenItIsBack() async throws {
            try await RedisServer.with { redis in
                let node = try await GatewayProcess(redis: redis)
                try await ChromeDriver.current.withBrowser { browser in
                    let tab = try await ClientTab(browser, at: node.url, isFirst: true, "{ rooms: ['a'], user: 'ann' }")
                    try await tab.waitForConnection()
                    await node.child.kill()
                    try await tab.wait(until: "chat.state === 'waiting'")
                    let ids: [String] = try await tab.run(
                        "return [1, 2, 3].map((number) => chat.send('a', { text: `number ${number}` }))"
                    )
                    try await tab.run("chat.discard('\(ids[1])')")
                    try await tab.wait(until: "told.events.filter(({ state }) => state === 'queued').length > 3")
                    let again = try await GatewayProcess(port: try node.port, redis: redis)
                    try await tab.waitForText("number 3")
                    try await tab.wait(until: "told.events.filter(({ state }) => state === 'sent').length === 2")
                    #expect(try await tab.texts() == ["number 1", "number 3"])
                    let outbox: [Outbox] = try await tab.run(
                        "return told.events.filter(({ name, state }) => name === 'outbox' && state === 'sent')"
                    )
                    #expect(outbox.map(\.id) == [ids[0], ids[2]])
                    let stored = try await Curl.answer("\(again.url)/rooms/a/messages")
                    for id in ids { #expect(stored.body.ranges(of: id).count == (id == ids[1] ? 0 : 1)) }
                    await again.child.kill()
                }
            }
        }

        @Test func whatTheNodeRefusesForGoodFailsAndHoldsNothingUp() async throws {
            let node = try await GatewayProcess(["--max-body", "1024"])
            try await ChromeDriver.current.withBrowser { browser in
                let tab = try await ClientTab(browser, at: node.url, isFirst: true, "{ rooms: ['a'] }")
                try await tab.run("chat.send('a', { text: 'x'.repeat(2000) }); chat.send('a', { text: 'short' })")
                try await tab.waitForText("short")
                let statuses: [Int] = try await tab.run(
                    "return told.events.filter(({ state }) => state === 'failed').map(({ problem }) => problem.status)"
                )
                #expect(statuses == [413])
            }
            await node.child.kill()
        }

        @Test func whatMayBeStoredIsNotSentAgainAfterTheMachineHasSlept() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let tab = try await ClientTab(
                    browser,
                    at: node.url,
                    isFirst: true,
                    // The answer gets lost on its way.
                    preparing: """
                        const fetch = window.fetch;
                        window.posts = 0;
                        window.fetch = async (...request) => {
                          const answer = await fetch(...request);
                          if (request[1]?.method !== 'POST' || (posts += 1) > 1) return answer;
                          throw new TypeError('lost');
                        };
                        """,
                    "{ rooms: ['b'] }"
                )
                // Five minutes pass while the message waits to be sent again.
                try await tab.run(
                    """
                    const now = Date.now;
                    chat.addEventListener('outbox', ({ detail }) => {
                      if (detail.state === 'queued' && posts) Date.now = () => now() + 300_000;
                    });
                    chat.send('a', { text: 'once' });
                    """
                )
                try await tab.wait(until: "told.events.some(({ state }) => state === 'failed' || state === 'sent')")
                let outcome: [String] = try await tab.run(
                    "return [told.events.findLast(({ name }) => name === 'outbox').state, `${posts}`]"
                )
                #expect(outcome == ["failed", "1"])
            }
            await node.child.kill()
        }

        @Test func aRefusalForGoodThatTellsToWaitHoldsNothingUp() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let tab = try await ClientTab(browser, at: node.url, isFirst: true, "{ rooms: ['a'] }")
                // Of a proxy that has had enough of somebody.
                try await tab.run(
                    """
                    const fetch = window.fetch;
                    window.fetch = async (...request) => {
                      if (request[1]?.method !== 'POST') return fetch(...request);
                      window.fetch = fetch;
                      return new Response('', { status: 403, headers: { 'Retry-After': '600' } });
                    };
                    for (const text of ['refused', 'taken']) chat.send('a', { text });
                    """
                )
                try await tab.waitForText("taken")
                #expect(try await tab.texts() == ["taken"])
            }
            await node.child.kill()
        }

        @Test func aStreamWhoseNodeIsKilledGoesOnAtAnother() async throws {
            try await TwoNodes.with { nodes in
                let url: String = try await nodes.browser.run("return location.origin")
                let tab = try await ClientTab(nodes.browser, at: url, isFirst: true, "{ rooms: ['harbour'] }")
                try await tab.waitForConnection()
                // nginx decides which node a stream is on.
                var node: String = try await tab.run("return told.events.findLast(({ node }) => node).node")
                for _ in 0..<10 where node != "first" {
                    try await tab.run("told.events.length = 0; chat.leave('harbour')")
                    try await StreamCensus.waitForNone(at: nodes.second)
                    // nginx takes them in turn: as many requests each time would lead to the same one.
                    _ = try await Curl.status("\(url)/chat.css")
                    try await tab.run("chat.join('harbour')")
                    try await tab.wait(until: "told.events.some(({ name }) => name === 'ready')")
                    node = try await tab.run("return told.events.findLast(({ node }) => node).node")
                }
                try #require(node == "first")
                try await nodes.say("1")
                try await tab.waitForText("1")
                await nodes.first.child.kill()
                try await nodes.say("2")
                try await tab.waitForText("2")
                try await tab.wait(until: "chat.state === 'online'")
                try await nodes.say("3")
                try await tab.waitForText("3")
                #expect(try await tab.texts() == ["1", "2", "3"])
                node = try await tab.run("return told.events.findLast(({ node }) => node).node")
                #expect(node == "second")
                let gaps: Int = try await tab.run("return told.events.filter(({ name }) => name === 'gap').length")
                #expect(gaps == 0)
            }
        }

        @Test func anErrorOfAProxyDoesNotEndTheStreamForGood() async throws {
            try await RedisServer.with { redis in
                let node = try await GatewayProcess(redis: redis)
                try await ChromeDriver.current.withBrowser { browser in
                    let tab = try await ClientTab(browser, at: node.url, isFirst: true, "{ rooms: ['a'] }")
                    try await tab.waitForConnection()
                    await node.child.kill()
                    // Something else answers in the node's place, and not with a stream.
                    let port = try node.port
                    let proxy = try await StaticServer(folder: "tutorial", port: port)
                    try await proxy.waitForRequest(of: "/events")
                    await proxy.stop()
                    let again = try await GatewayProcess(port: port, redis: redis)
                    _ = try await post(#"{"text":"back"}"#, to: "\(again.url)/rooms/a/messages")
                    try await tab.waitForText("back")
                    try await tab.wait(until: "chat.state === 'online'")
                    await again.child.kill()
                }
            }
        }
    }
}
