import IntegrationSupport
import Testing

extension BrowserTests {
    /// What the chat page tells of the others: who is here, and who is typing.
    @Suite struct PeopleTests {
        @Test func twoSeeEachOtherComeTypeAndGo() async throws {
            let node = try await GatewayProcess(["--presence", "on", "--presence-grace", "500ms"])
            let people = "Array.from(people.children, (item) => item.textContent).join()"
            try await ChromeDriver.current.withBrowser { first in
                let ann = try await ChatPageDriver(first, at: node.url, name: "Ann")
                try await first.wait(until: "count.textContent === '1' && \(people) === 'Ann'")
                try await ChromeDriver.current.withBrowser { second in
                    let bo = try await ChatPageDriver(second, at: node.url, name: "Bo <b>")
                    for browser in [first, second] {
                        try await browser.wait(until: "count.textContent === '2' && \(people) === 'Ann,Bo <b>'")
                    }
                    try await second.type("Hel", into: "#text")
                    try await first.wait(until: "typing.textContent === '\u{2068}Bo <b>\u{2069} is typing…'")
                    let own: String = try await second.run("return typing.textContent")
                    #expect(own.isEmpty)
                    // It ends with what was typed, and without it after a while.
                    try await bo.say("Hello")
                    try await ann.waitForMessages(1)
                    let after: String = try await first.run("return typing.textContent")
                    #expect(after.isEmpty)
                    // Somebody who looks into another room is still here.
                    try await second.type("kitchen", into: "#join-room")
                    try await second.pressEnter(in: "#join-room")
                    try await second.wait(until: "count.textContent === '1' && \(people) === 'Bo <b>'")
                }
                try await first.wait(until: "count.textContent === '1' && \(people) === 'Ann'")
            }
            await node.child.kill()
        }

        @Test func whoWereTooManyToBeNamedAreNamedWhenTheyAreFewer() async throws {
            let node = try await GatewayProcess(
                ["--presence", "on", "--presence-limit", "2", "--presence-grace", "500ms"]
            )
            var listeners: [Listener] = []
            for name in ["Bo", "Cy", "Di"] {
                listeners.append(try await Listener("\(node.url)/rooms/general/events?user=\(name)"))
            }
            let people = "Array.from(people.children, (item) => item.textContent).join()"
            try await ChromeDriver.current.withBrowser { browser in
                _ = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                try await browser.wait(until: "\(people).startsWith('Too many')")
                await listeners.removeLast().close()
                await listeners.removeLast().close()
                try await browser.wait(until: "count.textContent === '2' && \(people) === 'Ann,Bo'")
            }
            await listeners.removeLast().close()
            await node.child.kill()
        }

        @Test func whereItIsNotNotedNobodyIsToldAnything() async throws {
            let node = try await GatewayProcess(["--presence", "off"])
            try await ChromeDriver.current.withBrowser { browser in
                let page = try await ChatPageDriver(browser, at: node.url, name: "Ann")
                try await page.say("Hello")
                try await page.waitForMessages(1)
                try await browser.wait(
                    until: "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/presence'))"
                )
                let isShown: Bool = try await browser.run("return presence.checkVisibility()")
                #expect(!isShown)
                let isQuiet: Bool = try await browser.run("return banner.hidden")
                #expect(isQuiet)
            }
            await node.child.kill()
        }
    }
}
