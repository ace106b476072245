import Foundation
import IntegrationSupport
import Testing

extension BrowserTests {
    /// `client.js` where it is refused for now: what it sends and listens to waits, and nothing is lost or doubled.
    @Suite struct ClientRefusalsTests {
        /// A POST of a message that was answered; times in milliseconds, as the page counts them.
        struct Attempt: Decodable {
            let id: String
            let start: Double
            let end: Double
            let status: Int
            let retryAfter: Double
        }

        private static let path = "rooms/a/messages"

        /// Has the page note each POST of a message that is answered.
        private static let noting = """
            window.attempts = [];
            const send = window.fetch;
            window.fetch = async (url, init) => {
              const start = performance.now();
              const answer = await send(url, init);
              const [end, { status }] = [performance.now(), answer];
              const retryAfter = Number(answer.headers.get('Retry-After'));
              if (init.method === 'POST')
                attempts.push({ id: (await new Response(init.body).json()).id, start, end, status, retryAfter });
              return answer;
            };
            """

        /// Expects that what was refused was sent again, no sooner than the node wanted, and nothing else after the first
        /// refusal.
        ///
        /// Later ones may come while another room's message is on its way.
        private func expectPatience(_ attempts: [Attempt], refusedWith status: Int) {
            let refused = attempts.filter { $0.status == status }
            #expect(!refused.isEmpty)
            for refusal in refused {
                #expect(refusal.retryAfter >= 1)
                let later = attempts.filter { $0.start > refusal.end }
                #expect(later.contains { $0.id == refusal.id })
                let waiting = later.filter { $0.id == refusal.id || refusal.id == refused[0].id }
                // The browser's two clocks differ by up to a millisecond.
                let earliest = refusal.end + refusal.retryAfter * 1000 - 2
                #expect(waiting.allSatisfy { $0.start >= earliest }, "\(attempts)")
            }
        }

        private func expectOnce(_ ids: [String], in path: String, of node: GatewayProcess) async throws {
            let stored = try await Curl.answer("\(node.url)/\(path)").body
            for id in ids { #expect(stored.ranges(of: "\"id\":\"\(id)\"").count == 1, "\(id) in \(stored)") }
        }

        @Test func whoSendsTooMuchWaitsAsLongAsTheNodeSaysInAllRooms() async throws {
            let node = try await GatewayProcess(["--message-rate-per-address", "1", "--message-burst", "1"])
            try await ChromeDriver.current.withBrowser { browser in
                let tab = try await ClientTab(
                    browser,
                    at: node.url,
                    isFirst: true,
                    preparing: Self.noting,
                    "{ rooms: ['a', 'b'] }"
                )
                try await tab.waitForConnection()
                let ids: [String] = try await tab.run(
                    """
                    const ids = [];
                    const waiting = new Promise((resolve) => chat.addEventListener('outbox', ({ detail: { id, state } }) => {
                      if (state === 'queued' && attempts.some((attempt) => attempt.id === id)) resolve();
                    }));
                    for (const text of ['1', '2', '3', '4', '5']) ids.push(chat.send('a', { text }));
                    await waiting;
                    return [...ids, chat.send('b', { text: 'elsewhere' })];
                    """
                )
                try await tab.wait(until: "told.texts.length === 6")
                let texts = try await tab.texts()
                #expect(texts.filter { $0 != "elsewhere" } == ["1", "2", "3", "4", "5"])
                expectPatience(try await tab.run("return attempts"), refusedWith: 429)
                try await expectOnce(Array(ids.prefix(5)), in: Self.path, of: node)
                try await expectOnce([ids[5]], in: "rooms/b/messages", of: node)
                let states: [String] = try await tab.run("return told.events.map(({ state }) => state ?? '')")
                #expect(states.count { $0 == "sent" } == 6 && !states.contains("failed"))
            }
            await node.child.kill()
        }

        @Test func whileRedisIsAwayMessagesAndNewStreamsWait() async throws {
            var persistent = RedisServer.Options()
            persistent.appendOnly = true
            try await RedisServer.with(persistent) { redis in
                let node = try await GatewayProcess(redis: redis)
                try await ChromeDriver.current.withBrowser { browser in
                    let tab = try await ClientTab(
                        browser,
                        at: node.url,
                        isFirst: true,
                        preparing: Self.noting,
                        "{ rooms: ['a'] }"
                    )
                    try await tab.waitForConnection()
                    await redis.stop()
                    let ids: [String] = try await tab.run(
                        "return ['1', '2', '3'].map((text) => chat.send('a', { text }))"
                    )
                    try await tab.wait(until: "attempts.filter(({ status }) => status === 503).length > 1")
                    let new = try await ClientTab(browser, at: node.url, "{ rooms: ['a'], share: false }")
                    try await new.wait(
                        until: "told.events.some(({ state, reason }) => state === 'waiting' && reason === 'not-ready')"
                    )
                    try await redis.start()
                    for tab in [tab, new] {
                        try await tab.waitForText("3")
                        try await tab.wait(until: "chat.state === 'online'")
                        #expect(try await tab.texts() == ["1", "2", "3"])
                    }
                    expectPatience(try await tab.run("return attempts"), refusedWith: 503)
                    try await expectOnce(ids, in: Self.path, of: node)
                }
                await node.child.kill()
            }
        }

        @Test func aStreamThatIsOneTooManyForTheNodeOpensWhenThereIsRoom() async throws {
            let node = try await GatewayProcess(["--max-streams-per-address", "1"])
            let other = try await Listener("\(node.url)/rooms/a/events")
            try await ChromeDriver.current.withBrowser { browser in
                let tab = try await ClientTab(browser, at: node.url, isFirst: true, "{ rooms: ['a'] }")
                try await tab.wait(
                    until: "told.events.some(({ state, reason }) => state === 'waiting' && reason === 'limited')"
                )
                await other.close()
                try await tab.waitForConnection()
                _ = try await post(#"{"text":"at last"}"#, to: "\(node.url)/\(Self.path)")
                try await tab.waitForText("at last")
            }
            await node.child.kill()
        }

        // An EventSource gives up for good on such an answer; the gateway has none on streams, but proxies do.
        @Test(arguments: [429, 503]) func aStreamThatIsOneTooManyForAProxyOpensWhenThereIsRoom(status: Int) async throws
        {
            let node = try await GatewayProcess()
            let upstream = try node.port
            let nginx = try await NginxServer { port, folder in
                folder.movedHere(
                    """
                    map $uri $stream { ~/events$ any; default ""; }
                    limit_conn_zone $stream zone=streams:64k;
                    limit_conn_status \(status);
                    access_log /var/log/nginx/access.log gateway;
                    server {
                        listen 127.0.0.1:\(port);
                        limit_conn streams 1;
                        set $gateway 127.0.0.1:\(upstream);
                        include gateway.conf;
                    }

                    """
                )
            }
            let other = try await Listener("\(nginx.url)/rooms/a/events")
            try await ChromeDriver.current.withBrowser { browser in
                let tab = try await ClientTab(browser, at: nginx.url, isFirst: true, "{ rooms: ['a'] }")
                try await eventually("the stream is refused twice", within: .seconds(20)) {
                    try nginx.accessLog.ranges(of: "GET /events \(status) ").count > 1
                }
                try await tab.wait(until: "chat.state === 'waiting'")
                _ = try await post(#"{"text":"meanwhile"}"#, to: "\(node.url)/\(Self.path)")
                await other.close()
                try await tab.waitForConnection()
                _ = try await post(#"{"text":"after"}"#, to: "\(node.url)/\(Self.path)")
                try await tab.waitForText("after")
                #expect(try await tab.texts() == ["meanwhile", "after"])
            }
            await nginx.stop()
            await node.child.kill()
        }
    }
}
