import IntegrationSupport
import Testing

extension BrowserTests {
    /// Everything that the chat page can do, done with nothing but a keyboard.
    @Suite struct KeyboardTests {
        /// Opens the page like somebody who has never been here.
        private func open(_ node: GatewayProcess, _ browser: Browser) async throws -> ChatPageDriver {
            try await browser.open("\(node.url)/?room=general")
            let page = ChatPageDriver(browser)
            try await page.waitForConnection()
            return page
        }

        @Test func namingOneselfWritingAndRooms() async throws {
            let node = try await GatewayProcess(["--presence", "on"])
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await open(node, browser)
                try await browser.tab(to: "#name")
                try await browser.type("Ann")
                try await browser.press(.enter)
                try await page.waitForConnection()
                try await browser.type("one")
                try await browser.press(.enter, holding: [.shift])
                try await browser.type("two")
                try await browser.press(.enter)
                try await page.waitForMessages(1)
                #expect(try await page.messages() == ["Ann: one\ntwo"])
                try await browser.type("by the button")
                try await browser.tab(to: "#send")
                try await browser.press(.enter)
                try await page.waitForMessages(2)

                try await browser.tab(to: "#join-room")
                try await browser.type("kitchen")
                try await browser.press(.enter)
                #expect(try await page.room() == "kitchen")
                try await browser.type("in the kitchen")
                try await browser.press(.enter)
                try await page.waitForMessages(1)
                try await browser.press(.up, holding: [.alt])
                #expect(try await page.room() == "general")
                try await browser.press(.down, holding: [.alt])
                #expect(try await page.room() == "kitchen")
                try await browser.tab(to: "a.room[href$=general]", backwards: true)
                try await browser.press(.enter)
                #expect(try await page.room() == "general")
                try await browser.tab(to: "[aria-label='Leave kitchen']", backwards: true)
                try await browser.press(.enter)
                #expect(try await page.rooms() == ["general"])
                // The focus is not lost with what it was on.
                let focus: String = try await browser.run("return document.activeElement.className")
                #expect(focus == "room")
                // The last room stays: the page always shows one.
                let canLeave: Bool = try await browser.run(
                    """
                    const button = document.querySelector("[aria-label='Leave general']");
                    button.focus();
                    const canBe = button.checkVisibility() || document.activeElement === button;
                    button.click();
                    return canBe || document.querySelectorAll('#rooms li').length !== 1
                    """
                )
                #expect(!canLeave)
                #expect(try await page.room() == "general")

                try await browser.wait(until: "count.textContent === '1'")
                try await browser.tab(to: "#presence summary")
                try await browser.press(.enter)
                try await browser.wait(until: "presence.open")
                try await browser.press(.escape)
                try await browser.wait(until: "!presence.open")
            }
            await node.child.kill()
        }

        @Test func history() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await open(node, browser)
                try await page.post(count: 120)
                try await page.waitForMessages(120)
                try await browser.run("location.reload()")
                try await page.waitForMessages(50)
                try await browser.tab(to: "#log")
                try await eventually("the first message is there", within: .seconds(20)) {
                    try await browser.press(.home)
                    return try await browser.run("return earlier.hidden && log.scrollTop === 0")
                }
                #expect(try await page.messages().count == 120)
                try await browser.tab(to: "#latest")
                try await browser.press(.enter)
                try await browser.wait(
                    until: "latest.hidden && log.scrollTop + log.clientHeight >= log.scrollHeight - 1"
                )
                let focus: String = try await browser.run("return document.activeElement.id")
                #expect(focus == "log")
                try await browser.press(.home)
                try await browser.wait(until: "!latest.hidden")
                try await eventually("the last message is there", within: .seconds(20)) {
                    try await browser.press(.end)
                    return try await browser.run("return latest.hidden")
                }
            }
            await node.child.kill()
        }

        @Test func draftsAndLinks() async throws {
            let node = try await GatewayProcess(["--max-body", "300"])
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                let long = String(repeating: "too long ", count: 40)
                for button in [".again", ".discard", ".edit"] {
                    try await page.say(long)
                    try await browser.wait(until: "document.querySelector('#unsent .failed')")
                    try await browser.run("log.focus()")
                    try await browser.tab(to: "#unsent \(button)")
                    try await browser.run(
                        """
                        window.told = [];
                        const line = document.querySelector('#unsent .progress');
                        new MutationObserver(() => told.push(line.textContent)).observe(line, { childList: true });
                        """
                    )
                    try await browser.press(.enter)
                    if button == ".again" {
                        try await browser.wait(until: "told.includes('Sending…') && told.at(-1).startsWith('Not sent')")
                        try await browser.tab(to: "#unsent .discard")
                        try await browser.press(.enter)
                    }
                    try await browser.wait(until: "!document.querySelector('#unsent li')")
                    let focus: String = try await browser.run("return document.activeElement.id")
                    #expect(focus == "text")
                    let text: String = try await browser.run("return document.querySelector('#text').value")
                    #expect(text == (button == ".edit" ? long : ""))
                }
                try await page.say("see https://example.com/ there")
                try await page.waitForMessages(1)
                try await browser.run("log.focus()")
                try await browser.tab(to: ".text a")
            }
            await node.child.kill()
        }

        @Test func onAPhoneTheListOfRoomsOpensAndCloses() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser(width: 320, height: 600) { browser in
                let page = try await open(node, browser)
                try await browser.tab(to: "#menu")
                try await browser.press(.enter)
                try await browser.wait(until: "document.activeElement.matches('#rooms [aria-current]')")
                try await browser.press(.escape)
                try await browser.wait(
                    until: "document.activeElement === menu && getComputedStyle(sidebar).visibility === 'hidden'"
                )
                try await browser.press(.enter)
                try await browser.tab(to: "#join-room")
                try await browser.type("kitchen")
                try await browser.press(.enter)
                #expect(try await page.room() == "kitchen")
                try await browser.wait(
                    until: "getComputedStyle(sidebar).visibility === 'hidden' && document.activeElement.id === 'text'"
                )
            }
            await node.child.kill()
        }
    }
}
