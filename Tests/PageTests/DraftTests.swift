import IntegrationSupport
import Testing

extension BrowserTests {
    /// What somebody has written on the chat page, and nobody has got yet.
    @Suite struct DraftTests {
        @Test func nobodyIsAskedAboutDraftsOfARoomThatWasLeft() async throws {
            let node = try await GatewayProcess(["--max-body", "300"])
            let asks = "!dispatchEvent(new Event('beforeunload', { cancelable: true }))"
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                try await browser.type("kitchen", into: "#join-room")
                try await browser.pressEnter(in: "#join-room")
                try await page.say(String(repeating: "too long ", count: 40))
                try await browser.wait(until: "document.querySelector('#unsent .failed')")
                try await browser.wait(until: asks)
                try await browser.run(#"document.querySelector("[aria-label='Leave kitchen']").click()"#)
                #expect(try await page.room() == "general")
                let stillAsks: Bool = try await browser.run("return \(asks)")
                #expect(!stillAsks)
            }
            await node.child.kill()
        }

        @Test func oneMessageTooManyToBeKeptFailsAndCanBeSentAgain() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                await node.child.kill()
                try await page.waitForLoss()
                let failed: [String] = try await browser.run(
                    """
                    for (let number = 0; number <= 1000; number += 1) {
                      text.value = `${number}`;
                      compose.requestSubmit();
                    }
                    return Array.from(document.querySelectorAll('#unsent .failed'), (item) =>
                      item.querySelector('.text').textContent + item.querySelector('.progress').textContent)
                    """
                )
                #expect(failed == ["1000Not sent: Too many messages wait to be sent."])
                try await browser.run(
                    """
                    document.querySelector('#unsent .discard:not([hidden])').click();
                    document.querySelector('#unsent .failed .again').click();
                    """
                )
                let isLeft: Bool = try await browser.run("return Boolean(document.querySelector('#unsent .failed'))")
                #expect(!isLeft)
                #expect(try await page.unsent().count == 1000)
            }
        }
    }
}
