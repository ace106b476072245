import Foundation
import IntegrationSupport
import Testing

extension BrowserTests {
    /// The chat page on one node.
    @Suite struct PageTests {
        @Test func aRoomThatIsRefusedIsNotAskedForAgain() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                try await browser.open("\(node.url)/?room=a%2Fb")
                try await browser.wait(until: "document.querySelector('#connection').dataset.state === 'over'")
                let banner: String = try await browser.run("return document.querySelector('#banner').innerText")
                #expect(banner == "A room cannot have this name.")
            }
            await node.child.kill()
        }

        @Test func aMessageThatIsRefusedCanBeEditedAndSentAgain() async throws {
            let node = try await GatewayProcess(["--max-body", "300"])
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                let text = String(repeating: "too long ", count: 40) + "end"
                try await page.say(text)
                try await browser.wait(until: "document.querySelector('#unsent .failed')")
                #expect(try await page.unsent() == [text])
                try await browser.click("#unsent .edit")
                #expect(try await page.unsent().isEmpty)
                let typed: String = try await browser.run("return document.querySelector('#text').value")
                #expect(typed == text)
                try await page.say("short")
                try await page.waitForMessages(1)
                #expect(try await page.messages() == ["Ann: short"])
            }
            await node.child.kill()
        }

        @Test func whatOthersSendIsTextAndNeverMarkup() async throws {
            let node = try await GatewayProcess()
            let attack = #"<img src=x onerror="window.attacked=1"><script>window.attacked=2</script>"#
            try await ChromeDriver.current.withBrowser { browser in
                let room = String(attack.replacing("/", with: "|").prefix(120))
                let page = try await ChatPageDriver(
                    browser,
                    at: node.url,
                    room: room,
                    name: attack.prefix(64).description
                )
                try await page.say(attack)
                try await page.waitForMessages(1)
                // Straight to the route: another program may send anything.
                try await browser.run(
                    """
                    for (const message of [{ user: ["a"], text: { b: 1 } }, { text: "javascript:1" }, { other: null }])
                      await fetch(route + '/messages', { method: 'POST', body: JSON.stringify(message),
                        headers: { 'Content-Type': 'application/json' } })
                    """
                )
                try await page.waitForMessages(4)
                let messages = try await page.messages()
                #expect(messages[0] == "\(attack.prefix(64)): \(attack)")
                #expect(messages[1] == #"["a"]: {"b":1}"#)
                let elements: Int = try await browser.run("return document.querySelectorAll('img, body script').length")
                #expect(elements == 0)
                let shownRoom: String = try await browser.run("return document.querySelector('#room').value")
                #expect(shownRoom == room)
                // Were a hole in the page, the policy would still keep the script from running.
                try await browser.run(
                    """
                    const script = document.createElement('script');
                    script.textContent = 'window.attacked = 3';
                    document.body.append(script);
                    """
                )
                let attacked: Bool = try await browser.run("return 'attacked' in window")
                #expect(!attacked)
            }
            await node.child.kill()
        }

        @Test func onAPhoneNothingScrollsSidewaysAndTheFormIsInSight() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser(width: 375, height: 667) { browser in
                let page = try await ChatPageDriver(browser, at: node.url, name: String(repeating: "W", count: 64))
                for number in 0..<3 {
                    try await page.say(String(repeating: "Donaudampfschiff", count: 10) + "\(number)")
                }
                try await page.waitForMessages(3)
                let width: Int = try await browser.run("return document.documentElement.scrollWidth")
                #expect(width <= 375)
                let logWidth: Int = try await browser.run("return log.scrollWidth - log.clientWidth")
                #expect(logWidth == 0)
                // As high as a phone with its keyboard open.
                try await browser.setViewport(width: 375, height: 330)
                let bottom: Double = try await browser.run("return compose.getBoundingClientRect().bottom")
                #expect(bottom <= 330)
                try await browser.wait(until: "log.scrollTop + log.clientHeight >= log.scrollHeight - 1")
                let picture = FileManager.default.temporaryDirectory.appending(path: "chat-gateway-phone.png")
                try await browser.screenshot().write(to: picture)
            }
            await node.child.kill()
        }

        @Test func enterWhileACharacterIsComposedDoesNotSend() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                try await browser.type("ni hao", into: "#text")
                let kept: String = try await browser.run(
                    """
                    const field = document.querySelector('#text');
                    const enter = { key: 'Enter', bubbles: true, cancelable: true };
                    field.dispatchEvent(new KeyboardEvent('keydown', { ...enter, isComposing: true }));
                    field.dispatchEvent(new KeyboardEvent('keydown', { ...enter, keyCode: 229 }));
                    field.dispatchEvent(new KeyboardEvent('keydown', { ...enter, shiftKey: true }));
                    return field.value
                    """
                )
                #expect(kept == "ni hao")
                try await browser.pressEnter(in: "#text")
                try await page.waitForMessages(1)
                #expect(try await page.messages() == ["Ann: ni hao"])
            }
            await node.child.kill()
        }
    }
}
