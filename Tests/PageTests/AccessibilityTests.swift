import IntegrationSupport
import Testing

extension BrowserTests {
    /// What axe-core says of the chat page, in all the states in which people meet it.
    @Suite struct AccessibilityTests {
        private static let arabic = "مرحبا https://example.com/?a=1 كيف حالك"

        @Test func axeFindsWhatIsWrong() async throws {
            let axe = try await Axe()
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                _ = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                try await browser.run(
                    """
                    document.querySelector('label[for=text]').remove();
                    document.querySelector('#text').removeAttribute('placeholder');
                    """
                )
                let found = try await axe.violations(in: browser)
                #expect(found.filter { $0.id == "label" }.count == 2, "both versions see it: \(found)")
            }
            await node.child.kill()
        }

        @Test(arguments: [1000, 320]) func thereIsNoViolation(width: Int) async throws {
            let axe = try await Axe()
            let node = try await GatewayProcess(["--presence", "on", "--max-body", "400"])
            try await ChromeDriver.current.withBrowser(width: width) { browser in
                let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                try await axe.expectNothing(in: browser, "an empty room")
                for text in ["Hello https://example.com/a_(b)", "again", Self.arabic] { try await page.say(text) }
                _ = try await post(#"{"user":"ليلى","text":"مرحبا"}"#, to: "\(node.url)/rooms/general/messages")
                _ = try await post(#"{"user":"小雨","text":"好"}"#, to: "\(node.url)/rooms/general/messages")
                try await page.waitForMessages(5)
                _ = try await post(#"{"user":"小雨"}"#, to: "\(node.url)/rooms/general/typing", expecting: 202)
                try await browser.wait(until: "typing.textContent")
                try await axe.expectNothing(in: browser, "messages and somebody who types")
                try await browser.wait(until: "document.querySelector('#people li')?.textContent === 'Ann'")
                try await browser.click("#presence summary")
                try await axe.expectNothing(in: browser, "people")
                try await browser.press(.escape)
                try await page.say(String(repeating: "too long ", count: 60))
                try await browser.wait(until: "document.querySelector('#unsent .failed')")
                try await axe.expectNothing(in: browser, "a draft that was refused")
                try await browser.run("document.documentElement.dir = 'rtl'")
                try await axe.expectNothing(in: browser, "from right to left")
                let isWide: Bool = try await browser.run(
                    "return document.documentElement.scrollWidth > \(width) || log.scrollWidth > log.clientWidth"
                )
                #expect(!isWide)
                if width < 500 {
                    try await browser.click("#menu")
                    try await axe.expectNothing(in: browser, "the list of rooms on a phone")
                }
                await node.child.kill()
                try await page.waitForLoss()
                try await axe.expectNothing(in: browser, "without a connection")
            }
        }

        @Test func fromRightToLeftThePageIsMirroredAndEachMessageGoesItsOwnWay() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, room: "غرفة", name: "ליאת")
                try await page.say(Self.arabic)
                try await page.say("Hello")
                try await page.waitForMessages(2)
                let question = """
                    return Array.from(document.querySelectorAll('#messages .text'),
                      (text) => getComputedStyle(text).direction)
                    """
                var directions: [String] = try await browser.run(question)
                #expect(directions == ["rtl", "ltr"])
                let link: String = try await browser.run(
                    "return getComputedStyle(document.querySelector('.text a')).direction"
                )
                #expect(link == "ltr")
                let side = """
                    const { left, right } = document.querySelector('#messages .bubble').getBoundingClientRect();
                    const whole = log.getBoundingClientRect();
                    return left - whole.left > whole.right - right ? 'right' : 'left'
                    """
                var own: String = try await browser.run(side)
                #expect(own == "right")
                try await browser.run("document.documentElement.dir = 'rtl'")
                own = try await browser.run(side)
                #expect(own == "left")
                directions = try await browser.run(question)
                #expect(directions == ["rtl", "ltr"])
                let sidebar: Bool = try await browser.run(
                    "return sidebar.getBoundingClientRect().left >= log.getBoundingClientRect().right - 1"
                )
                #expect(sidebar)
            }
            await node.child.kill()
        }

        @Test func lightAndDarkAreAsTheReaderLikes() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                _ = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                var colours: [String] = []
                for scheme in ["light", "dark"] {
                    try await browser.prefer(colorScheme: scheme)
                    colours.append(try await browser.run("return getComputedStyle(document.body).backgroundColor"))
                }
                #expect(colours == ["rgb(243, 244, 248)", "rgb(18, 20, 26)"])
            }
            await node.child.kill()
        }

        @Test func whoListensIsToldOfEachMessageButNotOfEachOfACrowd() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                try await browser.run(
                    """
                    window.heard = [];
                    new MutationObserver(() => heard.push(announcer.textContent)).observe(announcer, { childList: true });
                    """
                )
                try await page.say("mine")
                _ = try await post(#"{"user":"Bo","text":"Hello"}"#, to: "\(node.url)/rooms/general/messages")
                try await browser.wait(until: "heard.some((text) => text.includes('Bo: Hello'))")
                try await page.post(count: 300)
                try await page.waitForMessages(302)
                try await browser.wait(until: "heard.some((text) => /^\\d+ new messages$/.test(text))")
                let heard: [String] = try await browser.run("return heard")
                #expect(!heard.contains { $0.contains("mine") })
                #expect(heard.count < 10, "\(heard)")
                // Nothing else on the page speaks up by itself.
                let live: [String] = try await browser.run(
                    """
                    return Array.from(document.querySelectorAll('[aria-live], [role=log], [role=status], [role=alert]'),
                      (element) => element.id + ' ' + (element.ariaLive ?? element.role))
                    """
                )
                #expect(live == ["join-problem alert", "log off", "announcer status"])
            }
            await node.child.kill()
        }
    }
}
