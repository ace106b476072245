import IntegrationSupport
import Testing

extension BrowserTests {
    /// What was said before somebody came, and while somebody was not looking.
    @Suite struct HistoryTests {
        @Test func scrollingUpBringsEarlierMessagesAndKeepsThePlace() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                try await page.post(count: 130)
                try await page.waitForMessages(130)
                try await browser.run("location.reload()")
                try await page.waitForMessages(50)
                try await browser.wait(until: "log.scrollTop + log.clientHeight >= log.scrollHeight - 1")
                // The one at the stream's cursor comes on top, where it is of this room.
                #expect([50, 51].contains(try await page.messages().count))
                let moved: Double = try await browser.run(
                    """
                    log.scrollTop = 100;
                    const edge = log.getBoundingClientRect().top;
                    const item = [...document.querySelectorAll('#messages .message')]
                      .find((item) => item.getBoundingClientRect().top >= edge);
                    const before = item.getBoundingClientRect().top;
                    await new Promise((done) => new MutationObserver(done).observe(messages, { childList: true }));
                    return Math.abs(item.getBoundingClientRect().top - before)
                    """
                )
                #expect(moved < 2)
                try await page.waitForMessages(100)
                try await browser.run("log.scrollTop = 0")
                try await page.waitForMessages(130)
                try await browser.wait(until: "earlier.hidden")
                #expect(try await page.messages() == (0..<130).map { "Bo: \($0)" })
                let days: Int = try await browser.run(
                    "return document.querySelectorAll('#messages .day:not([hidden])').length"
                )
                // Midnight may have passed.
                #expect([1, 2].contains(days))
            }
            await node.child.kill()
        }

        @Test func thePageHoldsAThousandMessagesAndFindsTheOthersAgain() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                let last = "messages.lastElementChild?.querySelector('.text').textContent"
                try await page.post(count: 1200)
                try await browser.wait(until: "\(last) === '1199'")
                try await browser.wait(until: "messages.childElementCount === 1000")
                // Up to the first one: what is furthest from it goes.
                // The page goes on by itself where it is at its top: what is first is asked once.
                for _ in 0..<10 {
                    let first = try await page.messages().first ?? ""
                    if first == "Bo: 0" { break }
                    try await browser.run("log.scrollTop = 0")
                    try await browser.wait(
                        until: "!`\(first)`.endsWith(' ' + messages.querySelector('.text').textContent)"
                    )
                }
                #expect(try await page.messages() == (0..<1000).map { "Bo: \($0)" })
                // What is said now does not stand behind a hole.
                _ = try await post(#"{"user":"Bo","text":"1200"}"#, to: "\(node.url)/rooms/general/messages")
                try await browser.wait(until: "latest.innerText.startsWith('1 new message')")
                #expect(try await page.messages().last == "Bo: 999")
                try await browser.click("#latest")
                try await browser.wait(until: "\(last) === '1200'")
                #expect(try await page.messages() == (1151...1200).map { "Bo: \($0)" })
            }
            await node.child.kill()
        }

        @Test func whatWasAskedForBeforeTheListBeganAnewIsNotPutIntoIt() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                let last = "messages.lastElementChild?.querySelector('.text').textContent"
                try await page.post(count: 1100)
                try await browser.wait(until: "\(last) === '1099' && messages.childElementCount === 1000")
                // The first answer stays under way until it is let go.
                try await browser.run(
                    """
                    const fetch = window.fetch;
                    window.fetch = async (...request) => {
                      if (!`${request[0]}`.includes('before=')) return fetch(...request);
                      window.fetch = fetch;
                      const answer = await fetch(...request);
                      await new Promise((arrive) => { window.arrive = arrive; });
                      return answer;
                    };
                    log.scrollTop = 0;
                    """
                )
                try await browser.wait(until: "window.arrive")
                _ = try await post(#"{"user":"Bo","text":"1100"}"#, to: "\(node.url)/rooms/general/messages")
                try await browser.wait(until: "latest.innerText.startsWith('1 new message')")
                try await browser.click("#latest")
                try await browser.wait(until: "\(last) === '1100'")
                try await browser.run("arrive(); await fetch('chat.css')")
                #expect(try await page.messages() == (1051...1100).map { "Bo: \($0)" })
            }
            await node.child.kill()
        }

        @Test func whoChangesTheNameWhileTheServerIsAwayMissesNothing() async throws {
            try await RedisServer.with { redis in
                let node = try await GatewayProcess(redis: redis)
                let other = try await GatewayProcess(redis: redis)
                try await ChromeDriver.current.withBrowser { browser in
                    let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                    try await page.say("before")
                    try await page.waitForMessages(1)
                    await node.child.kill()
                    try await page.waitForLoss()
                    try await browser.type("Anna", into: "#name")
                    try await browser.pressEnter(in: "#name")
                    for number in 0..<70 {
                        _ = try await post(
                            #"{"user":"Bo","text":"\#(number)"}"#,
                            to: "\(other.url)/rooms/general/messages"
                        )
                    }
                    let again = try await GatewayProcess(port: try node.port, redis: redis)
                    try await page.waitForConnection()
                    try await page.waitForMessages(50)
                    // It follows again, from its next frame on.
                    try await browser.wait(until: "log.scrollTop > 0")
                    try await browser.run("log.scrollTop = 0")
                    try await page.waitForMessages(71)
                    #expect(try await page.messages() == ["Ann: before"] + (0..<70).map { "Bo: \($0)" })
                    await again.child.kill()
                }
                await other.child.kill()
            }
        }

        @Test func unreadMessagesAreCountedAndMarked() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, room: "kitchen", name: "Ann")
                try await page.say("first")
                try await page.waitForMessages(1)
                try await browser.open("\(node.url)/?room=general")
                try await page.waitForConnection()
                #expect(try await page.rooms() == ["kitchen", "general"])
                #expect(try await page.unread() == [0, 0])
                let kitchen = "\(node.url)/rooms/kitchen/messages"
                _ = try await post(#"{"user":"Bo","text":"second"}"#, to: kitchen)
                _ = try await post(#"{"user":"Bo","text":"third"}"#, to: kitchen)
                try await browser.wait(until: "document.title === '(2) general · Chat'")
                #expect(try await page.unread() == [2, 0])
                // Also what was said while the page was closed.
                try await browser.open("\(node.url)/chat.css")
                _ = try await post(#"{"user":"Bo","text":"fourth"}"#, to: kitchen)
                try await browser.open("\(node.url)/?room=general")
                try await browser.wait(until: "document.title === '(3) general · Chat'")
                try await browser.click("a.room[href$=kitchen]")
                try await browser.wait(until: "document.title === 'kitchen · Chat'")
                #expect(try await page.unread() == [0, 0])
                #expect(try await page.marked() == ["second"])
                try await browser.run("location.reload()")
                try await page.waitForMessages(4)
                #expect(try await page.unread() == [0, 0])
            }
            await node.child.kill()
        }

        @Test func whoReadsFurtherUpIsToldHowManyAreNew() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                try await page.post(count: 60)
                try await page.waitForMessages(60)
                try await browser.wait(until: "log.scrollTop > 0 && latest.hidden")
                try await browser.run("log.scrollTop -= 400")
                try await browser.wait(until: "!latest.hidden")
                let place: Double = try await browser.run("return log.scrollTop")
                for text in ["a", "b"] {
                    _ = try await post(#"{"user":"Bo","text":"\#(text)"}"#, to: "\(node.url)/rooms/general/messages")
                }
                try await browser.wait(until: "latest.innerText.startsWith('2 new messages')")
                try await browser.wait(until: "document.title === '(2) general · Chat'")
                let stayed: Double = try await browser.run("return log.scrollTop")
                #expect(stayed == place)
                try await browser.click("#latest")
                try await browser.wait(until: "latest.hidden && document.title === 'general · Chat'")
            }
            await node.child.kill()
        }

        @Test func twoTabsAgreeOnRoomsAndOnWhatIsRead() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, room: "general", name: "Ann")
                let first = try await browser.tab()
                try await browser.openTab("\(node.url)/?room=kitchen")
                try await page.waitForConnection()
                #expect(try await page.rooms() == ["general", "kitchen"])
                _ = try await post(#"{"user":"Bo","text":"hello"}"#, to: "\(node.url)/rooms/general/messages")
                try await browser.wait(until: "document.title === '(1) kitchen · Chat'")
                let second = try await browser.tab()
                try await browser.show(tab: first)
                try await browser.wait(until: "document.title === 'general · Chat'")
                #expect(try await page.rooms() == ["general", "kitchen"])
                try await browser.show(tab: second)
                try await browser.wait(until: "document.title === 'kitchen · Chat'")
                try await browser.show(tab: first)
                try await browser.click("[aria-label='Leave kitchen']")
                try await browser.show(tab: second)
                // A room that somebody looks at stays.
                #expect(try await page.rooms() == ["general", "kitchen"])
            }
            await node.child.kill()
        }

        @Test func aTabThatOpensHalfASecondBehindAnotherLearnsWhatThatHasRead() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                try await browser.open("\(node.url)/chat.css")
                // As the other one leaves it until it saves for the first time.
                try await browser.run("localStorage.setItem('chat.rooms', '[{\"name\":\"general\"}]')")
                try await browser.open("\(node.url)/?room=kitchen")
                try await ChatPageDriver(browser).waitForConnection()
                _ = try await post(#"{"user":"Bo","text":"hello"}"#, to: "\(node.url)/rooms/general/messages")
                try await browser.run(
                    """
                    const other = document.body.appendChild(document.createElement('iframe'));
                    const rooms = [{ name: 'general', read: '' }, { name: 'kitchen', read: '' }];
                    other.contentWindow.localStorage.setItem('chat.rooms', JSON.stringify(rooms));
                    """
                )
                try await browser.wait(until: "document.title === '(1) kitchen · Chat'")
            }
            await node.child.kill()
        }

        @Test func whatIsSaidWhileTheTabIsInTheBackgroundIsMarked() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, room: "general", name: "Ann")
                try await page.say("before")
                try await page.waitForMessages(1)
                let first = try await browser.tab()
                try await browser.openTab("\(node.url)/chat.css")
                for text in ["a", "b"] {
                    _ = try await post(#"{"user":"Bo","text":"\#(text)"}"#, to: "\(node.url)/rooms/general/messages")
                }
                try await eventually("its title says so") { try await browser.titles().contains("(2) general · Chat") }
                try await browser.show(tab: first)
                try await browser.wait(until: "document.title === 'general · Chat'")
                #expect(try await page.marked() == ["a"])
            }
            await node.child.kill()
        }
    }
}
