import Foundation
import IntegrationSupport
import Testing

extension BrowserTests {
    /// What a browser's own EventSource makes of refusals and endings: the table of RefusalsAndEndings.md.
    @Suite struct EndingsTests {
        @Test func aStreamThatADrainingNodeEndsGoesOnAtAnother() async throws {
            try await TwoNodes.with { nodes in
                try await nodes.listenOnFirst()
                nodes.first.child.signal(SIGTERM)
                try await nodes.browser.wait(until: "record.byes.length > 0")
                try await nodes.say("2")
                try await nodes.expectReturn(after: ["draining"])
            }
        }

        @Test func aStreamWhoseNodeIsKilledGoesOnAtAnother() async throws {
            try await TwoNodes.with { nodes in
                try await nodes.listenOnFirst()
                await nodes.first.child.kill()
                try await nodes.browser.wait(until: "source.readyState === EventSource.CONNECTING")
                try await nodes.say("2")
                try await nodes.expectReturn(after: [])
            }
        }

        @Test func aStreamThatFindsTheNodeFullComesBackWhenThereIsRoom() async throws {
            try await TwoNodes.with(["--max-streams", "1"]) { nodes in
                let other = try await Listener(nodes.streamOfSecond)
                try await nodes.listenOnFirst()
                await nodes.first.child.kill()
                try await nodes.browser.wait(until: "record.byes.length > 0")
                await other.close()
                try await nodes.say("2")
                try await nodes.expectReturn(after: ["overloaded"], within: .seconds(30))
            }
        }

        @Test func aStreamThatFindsTheBrokerAwayComesBackWhenItIsThere() async throws {
            try await TwoNodes.with { nodes in
                try await nodes.listenOnFirst()
                await nodes.redis.stop()
                await nodes.first.child.kill()
                try await nodes.browser.wait(until: "record.byes.length > 0")
                try await nodes.redis.start()
                try await nodes.say("2")
                try await nodes.expectReturn(after: ["not-ready"])
            }
        }

        @Test func aRequestThatCanNeverSucceedIsNotRepeated() async throws {
            let node = try await GatewayProcess(["--log-level", "debug"])
            let nobody = try RedisServer.freePort()
            try await ChromeDriver.current.withBrowser { browser in
                // A page whose policy allows requests to other origins.
                try await browser.open("\(node.url)/rooms/a/messages")
                try await browser.run(
                    """
                    const paths = ['/rooms/a%2Fb/events', '/rooms/a/nothing', '/chat?' + 'x'.repeat(17000)];
                    window.sources = paths.map((path) => new EventSource(path));
                    """
                )
                try await browser.wait(until: "sources.every((source) => source.readyState === EventSource.CLOSED)")
                // What the browser does repeat, after the same delay: by then it would have asked the node again.
                try await browser.run(
                    """
                    window.attempts = 0;
                    new EventSource('http://127.0.0.1:\(nobody)/').onerror = () => window.attempts += 1;
                    """
                )
                try await browser.wait(until: "attempts > 1")
            }
            let log = node.child.lines(of: .error)
            for answer in [
                "http.path=/rooms/a%2Fb/events http.status=400", "http.path=/rooms/a/nothing http.status=404",
                "http.status=431",
            ] {
                #expect(log.count { $0.contains(answer) } == 1, "\(answer)")
            }
            await node.child.kill()
        }
    }
}
