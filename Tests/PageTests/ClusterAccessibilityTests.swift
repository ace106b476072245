import IntegrationSupport
import Testing

extension BrowserTests {
    /// Whether everybody can read and use the operators' page: what axe-core says of it, and what a keyboard can do there.
    @Suite struct ClusterAccessibilityTests {
        private static let options = ["--loops", "1", "--slow-limit", "10m"]

        @Test(arguments: [1280, 320]) func axeFindsNoViolation(width: Int) async throws {
            let axe = try await Axe()
            try await ClusterPageTests.withTwoNodes(Self.options, width: width) { first, second, browser, _ in
                let long = String(repeating: "long%20name%20", count: 10)
                let listeners = [
                    try await Listener(second.url + "/events?room=hall&room=%D8%BA%D8%B1%D9%81%D8%A9&room=\(long)"),
                    try await Listener(first.url + "/rooms/hall/events"),
                ]
                try await browser.open("\(first.opsURL)/admin/")
                try await axe.expectNothing(in: browser, "at first")
                let slow = try StalledListener(second, "/rooms/hall/events?user=ann")
                try await StalledListener.postMoreThanSocketsTake(to: "\(first.url)/rooms/hall/messages")
                try await browser.wait(
                    until: """
                        document.querySelectorAll('#rooms tbody tr').length === 3
                          && document.querySelector('#slow tbody button')
                          && [...document.querySelectorAll('.chart path')]
                            .filter((path) => path.getAttribute('d').includes('L')).length >= 6
                        """
                )
                try await axe.expectNothing(in: browser, "two nodes, rooms, charts and a slow stream")
                let widest: Int = try await browser.run("return document.documentElement.scrollWidth")
                #expect(widest <= width)
                try await browser.click("#slow tbody button")
                try await axe.expectNothing(in: browser, "the question")
                try await browser.click("#yes")
                try await browser.wait(until: "/^Told 2 nodes/.test(document.querySelector('#result').textContent)")
                try await axe.expectNothing(in: browser, "a stream that was ended")
                await second.child.kill()
                try await browser.wait(until: "document.querySelector('#nodes .gone')")
                try await axe.expectNothing(in: browser, "a node that is gone")
                await first.child.kill()
                try await browser.wait(until: "document.querySelector('#connection').dataset.state === 'lost'")
                try await browser.type("bo", into: "#target")
                try await browser.pressEnter(in: "#target")
                try await browser.click("#yes")
                try await browser.wait(until: "document.querySelector('#result').textContent.startsWith('Nothing')")
                try await axe.expectNothing(in: browser, "without a connection")
                for listener in listeners { await listener.close() }
                withExtendedLifetime(slow) {}
            }
        }

        @Test(arguments: [1280, 320]) func axeFindsNoViolationWhereAKeyIsAskedFor(width: Int) async throws {
            let axe = try await Axe()
            let node = try await GatewayProcess(["--ops-key", "0123456789abcdef"])
            try await ChromeDriver.current.withBrowser(width: width) { browser in
                try await browser.open("\(node.opsURL)/admin/")
                try await browser.wait(until: "document.querySelector('#connection').dataset.state === 'locked'")
                try await axe.expectNothing(in: browser, "locked")
                try await browser.type("a wrong key", into: "#key")
                try await browser.pressEnter(in: "#key")
                try await browser.wait(until: "!document.querySelector('#banner').hidden")
                try await axe.expectNothing(in: browser, "a wrong key")
            }
            await node.child.kill()
        }

        @Test func streamsAreEndedWithTheKeyboardAloneAndWhatCameOfItIsSaid() async throws {
            try await ClusterPageTests.withTwoNodes(Self.options) { first, second, browser, _ in
                let slow = try StalledListener(second, "/rooms/hall/events?user=ann")
                let bo = try await Listener(second.url + "/chat?user=bo")
                try await browser.open("\(first.opsURL)/admin/")
                try await StalledListener.postMoreThanSocketsTake(to: "\(first.url)/rooms/hall/messages")
                try await browser.wait(until: "document.querySelector('#slow tbody button')")
                // What a live region says counts only while it can be seen and nothing modal lies above it.
                try await browser.run(
                    """
                    window.heard = [];
                    new MutationObserver((changes) => {
                      for (const { target } of changes) {
                        const region = target.closest('[role=status]:not([aria-live=off], [aria-hidden=true] *)');
                        if (region?.checkVisibility() && !document.querySelector(':modal')) heard.push(region.textContent);
                      }
                    }).observe(document.body, { childList: true, subtree: true });
                    """
                )
                try await browser.tab(to: "#slow tbody button")
                try await browser.press(.enter)
                try await browser.wait(until: "document.querySelector('#confirm').open")
                try await browser.press(.escape)
                try await browser.wait(until: "!document.querySelector('#confirm').open")
                var isFocused: Bool = try await browser.run(
                    "return document.activeElement.matches('#slow tbody button')"
                )
                #expect(isFocused)
                try await browser.press(.enter)
                try await browser.wait(until: "document.querySelector('#confirm').open")
                try await browser.tab(to: "#yes")
                try await browser.press(.enter)
                try await browser.wait(until: "heard.some((text) => /^Told 2 nodes to end stream /.test(text))")
                try await browser.wait(until: "!document.querySelector('#slow tbody tr')")
                // The focus is not lost with what it was on.
                isFocused = try await browser.run("return document.activeElement.matches('#slow-region')")
                #expect(isFocused)
                try await browser.tab(to: "#target")
                try await browser.type("bo")
                for _ in 0..<2 {
                    try await browser.run("heard.length = 0")
                    try await browser.press(.enter)
                    try await browser.wait(until: "document.querySelector('#confirm').open")
                    try await browser.tab(to: "#yes")
                    try await browser.press(.enter)
                    // Said again, though it is the same.
                    try await browser.wait(until: "heard.at(-1) === 'Told 2 nodes to end all streams of bo.'")
                    let heard: [String] = try await browser.run("return heard")
                    #expect(heard.count == 1)
                    isFocused = try await browser.run("return document.activeElement.matches('#target')")
                    #expect(isFocused)
                }
                try await bo.line(with: "kicked")
                withExtendedLifetime(slow) {}
            }
        }
    }
}
