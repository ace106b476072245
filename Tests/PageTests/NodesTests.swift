import Foundation
import IntegrationSupport
import Testing

extension BrowserTests {
    /// The chat page on nodes that share a Redis: on two of them behind nginx, and on one that goes away.
    @Suite struct NodesTests {
        @Test func twoBrowsersOnTwoNodesBehindNginxSeeEachOthersMessages() async throws {
            try await Cluster.with { cluster in
                let url = cluster.nginx.url
                try await ChromeDriver.current.withBrowser { first in
                    try await ChromeDriver.current.withBrowser { second in
                        let ann = try await ChatPageDriver(first, at: url, room: "Küche 厨房", name: "Ann")
                        var bo = try await ChatPageDriver(second, at: url, room: "Küche 厨房", name: "Bo")
                        // nginx decides which node a stream is on.
                        for _ in 0..<20 where try await ann.node() == bo.node() {
                            bo = try await ChatPageDriver(second, at: url, room: "Küche 厨房", name: "Bo")
                        }
                        try #require(try await ann.node() != bo.node())
                        try await ann.say("Is somebody there?")
                        try await bo.waitForMessages(1)
                        try await bo.say("Yes!")
                        for page in [ann, bo] {
                            try await page.waitForMessages(2)
                            #expect(try await page.messages() == ["Ann: Is somebody there?", "Bo: Yes!"])
                            #expect(try await page.unsent().isEmpty)
                        }
                        let times: [String] = try await second.run(
                            "return Array.from(document.querySelectorAll('#messages time'), (time) => time.dateTime)"
                        )
                        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
                        for time in times { #expect(abs(try format.parse(time).timeIntervalSinceNow) < 600) }
                        #expect(times.count == 2)
                    }
                }
            }
        }

        @Test func whatIsTypedWhileTheNodeIsAwayIsKeptAndSentWhenItIsBack() async throws {
            try await RedisServer.with { redis in
                let node = try await GatewayProcess(redis: redis)
                try await ChromeDriver.current.withBrowser { browser in
                    let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                    try await page.say("before")
                    try await page.waitForMessages(1)
                    await node.child.kill()
                    try await page.waitForLoss()
                    let banner: String = try await browser.run("return document.querySelector('#banner').innerText")
                    #expect(banner.contains("What you write is kept"))
                    let texts = ["meanwhile", "second", "third", "not this one", "fourth"]
                    for text in texts { try await page.say(text) }
                    #expect(try await page.unsent() == texts)
                    try await browser.wait(until: "unsent.children[3].querySelector('.discard').offsetWidth")
                    try await browser.click("#unsent li:nth-child(4) .discard")
                    let again = try await GatewayProcess(port: try node.port, redis: redis)
                    try await page.waitForConnection()
                    try await page.waitForMessages(5)
                    let sent = ["Ann: before", "Ann: meanwhile", "Ann: second", "Ann: third", "Ann: fourth"]
                    #expect(try await page.messages() == sent)
                    #expect(try await page.unsent().isEmpty)
                    let stored: [String] = try await browser.run(
                        """
                        const answer = await fetch('rooms/general/messages');
                        return (await answer.json()).messages.map(({ user, text }) => `${user}: ${text}`)
                        """
                    )
                    #expect(stored == sent)
                    let hidden: Bool = try await browser.run("return document.querySelector('#banner').hidden")
                    #expect(hidden)
                    await again.child.kill()
                }
            }
        }

        @Test func anErrorOfAProxyDoesNotEndTheConnectionForGood() async throws {
            try await RedisServer.with { redis in
                let node = try await GatewayProcess(redis: redis)
                try await ChromeDriver.current.withBrowser { browser in
                    let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                    await node.child.kill()
                    // Something else answers in the node's place, and not with a stream.
                    let port = try node.port
                    let proxy = try await StaticServer(folder: "tutorial", port: port)
                    try await proxy.waitForRequest(of: "/events?")
                    try await page.waitForLoss()
                    await proxy.stop()
                    let again = try await GatewayProcess(port: port, redis: redis)
                    try await page.waitForConnection()
                    try await page.say("back")
                    try await page.waitForMessages(1)
                    await again.child.kill()
                }
            }
        }
    }
}
