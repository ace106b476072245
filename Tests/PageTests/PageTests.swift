import Foundation
import IntegrationSupport
import Testing

extension BrowserTests {
    /// The chat page on one node.
    @Suite struct PageTests {
        @Test func aRoomThatCannotBeIsNotAskedFor() async throws {
            let node = try await GatewayProcess(["--log-level", "debug"])
            try await ChromeDriver.current.withBrowser { browser in
                for name in ["a%2Fb", "..", String(repeating: "x", count: 129)] {
                    try await browser.open("\(node.url)/?room=\(name)")
                    let banner: String = try await browser.run("return document.querySelector('#banner').innerText")
                    #expect(banner == "A room cannot have this name.")
                    try await ChatPageDriver(browser).waitForConnection()
                }
                #expect(try await ChatPageDriver(browser).rooms() == ["lobby"])
                try await browser.type("a/b", into: "#join-room")
                try await browser.pressEnter(in: "#join-room")
                #expect(try await ChatPageDriver(browser).rooms() == ["lobby"])
            }
            #expect(!node.child.text(of: .error).contains("http.status=400"))
            await node.child.kill()
        }

        @Test func aRoomThatIsRefusedDoesNotTakeTheOthersAlong() async throws {
            let issuer = TokenIssuer()
            let options = ["--auth", "jwt", "--jwt-secret", issuer.published, "--auth-cookie", "token"]
            let node = try await GatewayProcess(options)
            try await ChromeDriver.current.withBrowser { browser in
                try await browser.open("\(node.url)/?room=general")
                try await browser.wait(until: "document.querySelector('#connection').dataset.state === 'over'")
                var banner: String = try await browser.run("return explanation.innerText")
                #expect(banner == "You need to sign in to be here.")
                let token = try issuer.token("ann", read: ["general"], write: ["general"])
                try await browser.run("document.cookie = 'token=\(token)'")
                try await browser.click("#reconnect")
                let page = ChatPageDriver(browser)
                try await page.waitForConnection()
                try await browser.type("secret", into: "#join-room")
                try await browser.pressEnter(in: "#join-room")
                try await browser.wait(until: "explanation.innerText === 'You may not be in this room.'")
                try await page.waitForConnection()
                try await browser.click("a.room[href$=general]")
                try await browser.wait(until: "banner.hidden")
                banner = try await browser.run("return explanation.innerText")
                #expect(banner.isEmpty)
                try await browser.type("Ann", into: "#name")
                try await page.say("still here")
                try await page.waitForMessages(1)
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

        @Test func anAddressWithOneRoomTooManyIsNotOpened() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                try await browser.open("\(node.url)/chat.css")
                try await browser.run(
                    """
                    const rooms = Array.from({ length: 100 }, (_, number) => ({ name: `room ${number}` }));
                    localStorage.setItem('chat.rooms', JSON.stringify(rooms));
                    """
                )
                try await browser.open("\(node.url)/?room=another")
                let page = ChatPageDriver(browser)
                try await page.waitForConnection()
                let banner: String = try await browser.run("return explanation.innerText")
                #expect(banner == "These are too many rooms: leave another one first.")
                #expect(try await page.rooms().count == 100)
                try await browser.open("\(node.url)/?room=room+99")
                try await page.waitForConnection()
                #expect(try await page.room() == "room 99")
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
                      await fetch(`rooms/${encodeURIComponent(room.textContent)}/messages`, { method: 'POST', body: JSON.stringify(message),
                        headers: { 'Content-Type': 'application/json' } })
                    """
                )
                try await page.waitForMessages(4)
                let messages = try await page.messages()
                #expect(messages[0] == "\(attack.prefix(64)): \(attack)")
                #expect(messages[1] == #"["a"]: {"b":1}"#)
                let elements: Int = try await browser.run("return document.querySelectorAll('img, body script').length")
                #expect(elements == 0)
                #expect(try await page.room() == room)
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
                // And with a composition of the browser's own, which Enter ends.
                try await browser.type("", into: "#text")
                struct Composition: Encodable {
                    let text: String
                    let selectionStart = 2
                    let selectionEnd = 2
                }
                struct KeyStroke: Encodable {
                    let type: String
                    let key = "Enter"
                    let code = "Enter"
                    let windowsVirtualKeyCode = 229
                }
                try await browser.devTools("Input.imeSetComposition", Composition(text: "你好"))
                try await browser.run(
                    "document.querySelector('#text').onkeydown = (event) => window.wasComposing = event.isComposing"
                )
                // What an input method does not let through has this code.
                try await browser.devTools("Input.dispatchKeyEvent", KeyStroke(type: "rawKeyDown"))
                try await browser.devTools("Input.dispatchKeyEvent", KeyStroke(type: "keyUp"))
                let wasComposing: Bool = try await browser.run("return wasComposing")
                #expect(wasComposing)
                #expect(try await page.unsent().isEmpty)
                try await browser.devTools("Input.insertText", ["text": "你好"])
                try await browser.press(.enter)
                try await page.waitForMessages(1)
                #expect(try await page.messages() == ["Ann: 你好"])
            }
            await node.child.kill()
        }

        @Test func aLongMessageDoesNotHoldItsReadersUp() async throws {
            let node = try await GatewayProcess(["--max-body", "600000"])
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                let messages = "\(node.url)/rooms/general/messages"
                // As many steps as characters are nothing, and as many as their square take minutes.
                let marks = String(repeating: "!", count: 250_000)
                _ = try await post(#"{"text":"https://example.com/\#(marks)x\#(marks)"}"#, to: messages)
                _ = try await post(#"{"user":"Bo","text":"after"}"#, to: messages)
                try await page.waitForMessages(2)
                let link: Int = try await browser.run("return document.querySelector('#messages a').textContent.length")
                #expect(link == 20 + 250_000 + 1)
            }
            await node.child.kill()
        }

        @Test func addressesBecomeLinksAndNothingElseDoes() async throws {
            let node = try await GatewayProcess()
            let texts = [
                "see https://example.com/a?b=c#d, or (http://example.org/x_(y)).", "https://例え.jp/道。次",
                "javascript:alert(1) data:text/html,x ftp://example.com www.example.com https://",
                "https://user@example.com/\u{202E}moc.elpmaxe", #"https://example.com/"onclick="alert(1)"#,
            ]
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                for text in texts { try await page.say(text) }
                try await page.waitForMessages(texts.count)
                #expect(try await page.messages() == texts.map { "Ann: \($0)" })
                let links: [[String]] = try await browser.run(
                    """
                    return Array.from(document.querySelectorAll('#messages .text a'),
                      (link) => [link.textContent, link.href, link.rel, link.target, ...link.getAttributeNames()])
                    """
                )
                let more = ["noopener noreferrer nofollow", "_blank", "href", "rel", "target", "dir"]
                let addresses = [
                    ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
                    ("http://example.org/x_(y)", "http://example.org/x_(y)"),
                    ("https://例え.jp/道", "https://xn--r8jz45g.jp/%E9%81%93"),
                    ("https://user@example.com/", "https://user@example.com/"),
                    ("https://example.com/", "https://example.com/"),
                ]
                #expect(links == addresses.map { [$0.0, $0.1] + more })
            }
            await node.child.kill()
        }
    }
}
