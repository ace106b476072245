import Foundation
import IntegrationSupport
import Testing

extension BrowserTests {
    /// `client.js` in several tabs of one browser: they share one stream.
    @Suite struct ClientSharingTests {
        private func say(_ texts: [String], in room: String, at node: GatewayProcess) async throws {
            for text in texts { _ = try await post(#"{"text":"\#(text)"}"#, to: "\(node.url)/rooms/\(room)/messages") }
        }

        private func numbers(_ range: Range<Int>) -> [String] { range.map { "number \($0)" } }

        @Test func eightTabsHaveOneStreamAndEachGetsEveryMessageOnce() async throws {
            let node = try await GatewayProcess()
            try await say(numbers(0..<10), in: "harbour", at: node)
            try await ChromeDriver.current.withBrowser { browser in
                var tabs: [ClientTab] = []
                for index in 0..<8 {
                    let options = "{ rooms: ['harbour'], user: 'ann', history: 3 }"
                    tabs.append(try await ClientTab(browser, at: node.url, isFirst: index == 0, options))
                    try await tabs[index].waitForText("number 9")
                }
                #expect(try await StreamCensus.rooms(of: node) == [["harbour"]])
                try await say(numbers(10..<13), in: "harbour", at: node)
                try await tabs[5].run("chat.send('harbour', { text: 'of a tab' })")
                for tab in tabs {
                    try await tab.waitForText("of a tab")
                    let texts = try await tab.texts()
                    #expect(texts == Array((numbers(0..<13) + ["of a tab"]).suffix(texts.count)))
                    #expect((7...8).contains(texts.count))
                }
                #expect(try await StreamCensus.rooms(of: node) == [["harbour"]])
            }
            await node.child.kill()
        }

        @Test func whenTheTabWithTheStreamClosesTheOthersMissNothing() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                var tabs: [ClientTab] = []
                for index in 0..<4 {
                    let options = "{ rooms: ['harbour'] }"
                    tabs.append(try await ClientTab(browser, at: node.url, isFirst: index == 0, options))
                    try await tabs[index].waitForConnection()
                }
                let posts = SteadyPosts()
                async let posted = posts.run(to: "\(node.url)/rooms/harbour/messages")
                // The tab that takes over is closed, too.
                for _ in 0..<2 {
                    let count: Int = try await tabs[0].run("return told.texts.length")
                    try await tabs[0].wait(until: "told.texts.length > \(count + 20)")
                    try await tabs.removeFirst().close()
                }
                let count: Int = try await tabs[0].run("return told.texts.length")
                try await tabs[0].wait(until: "told.texts.length > \(count + 20)")
                posts.stop()
                let all = (0..<(try await posted)).map { "\($0)" }
                for tab in tabs {
                    try await tab.wait(until: "told.texts.length >= \(all.count)")
                    #expect(try await tab.texts() == all)
                    let gaps: Int = try await tab.run("return told.events.filter(({ name }) => name === 'gap').length")
                    #expect(gaps == 0)
                }
                try await StreamCensus.waitForOne(in: ["harbour"], at: node)
            }
            await node.child.kill()
        }

        @Test func tabsInDifferentRoomsShareOneStreamAndEachGetsItsOwn() async throws {
            let node = try await GatewayProcess()
            try await say(["of old"], in: "c", at: node)
            try await ChromeDriver.current.withBrowser { browser in
                let first = try await ClientTab(browser, at: node.url, isFirst: true, "{ rooms: ['a'] }")
                try await first.waitForConnection()
                let second = try await ClientTab(browser, at: node.url, "{ rooms: ['b'] }")
                try await StreamCensus.waitForOne(in: ["a", "b"], at: node)
                try await say(["in a"], in: "a", at: node)
                try await say(["in b"], in: "b", at: node)
                try await first.waitForText("in a")
                try await second.waitForText("in b")
                // A room that others write in meanwhile: what was before it and what comes join on to each other.
                async let said: Void = say(numbers(0..<200), in: "c", at: node)
                try await second.run("chat.join('c')")
                try await second.waitForText("number 5")
                try await first.run("chat.join('c')")
                try await said
                for (tab, before) in [(first, "in a"), (second, "in b")] {
                    try await tab.waitForText("number 199")
                    let texts = try await tab.texts()
                    let joined = Array(texts.dropFirst())
                    #expect(texts.first == before)
                    #expect(joined == (["of old"] + numbers(0..<200)).suffix(joined.count))
                    #expect(joined.count >= 50)
                }
                try await first.run("chat.leave('c'); chat.leave('a')")
                try await StreamCensus.waitForOne(in: ["b", "c"], at: node)
                try await say(["to nobody"], in: "a", at: node)
                try await say(["after"], in: "c", at: node)
                try await second.waitForText("after")
                let left = try await first.texts()
                #expect(!left.contains("after") && !left.contains("to nobody"))
                try await second.close()
                try await StreamCensus.waitForNone(at: node)
                try await first.run("chat.join('b')")
                try await first.waitForText("in b")
            }
            await node.child.kill()
        }

        @Test func aFrozenTabGivesTheStreamUpAndMissesNothing() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let frozen = try await ClientTab(browser, at: node.url, isFirst: true, "{ rooms: ['harbour'] }")
                try await frozen.waitForConnection()
                let other = try await ClientTab(browser, at: node.url, "{ rooms: ['harbour'] }")
                try await other.waitForConnection()
                try await frozen.setFrozen(true)
                try await say(numbers(0..<50), in: "harbour", at: node)
                try await other.waitForText("number 49")
                try await StreamCensus.waitForOne(in: ["harbour"], at: node)
                try await frozen.setFrozen(false)
                try await frozen.waitForText("number 49")
                try await say(numbers(50..<60), in: "harbour", at: node)
                for tab in [frozen, other] {
                    try await tab.waitForText("number 59")
                    #expect(try await tab.texts() == numbers(0..<60))
                }
                try await StreamCensus.waitForOne(in: ["harbour"], at: node)
            }
            await node.child.kill()
        }

        @Test func othersTakeTheStreamFromATabThatHangs() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let hanging = try await ClientTab(browser, at: node.url, isFirst: true, "{ rooms: ['harbour'] }")
                try await hanging.waitForConnection()
                let other = try await ClientTab(browser, at: node.url, "{ rooms: ['harbour'] }")
                try await other.waitForConnection()
                try await hanging.run(
                    "setTimeout(() => { const end = Date.now() + 45_000; while (Date.now() < end); })"
                )
                try await say(["meanwhile"], in: "harbour", at: node)
                try await other.wait(until: "told.texts.includes('meanwhile')", within: .seconds(60))
                try await say(["and after"], in: "harbour", at: node)
                try await hanging.wait(until: "told.texts.length === 2", within: .seconds(60))
                #expect(try await hanging.texts() == ["meanwhile", "and after"])
                #expect(try await other.texts() == ["meanwhile", "and after"])
                try await StreamCensus.waitForOne(in: ["harbour"], at: node)
            }
            await node.child.kill()
        }

        @Test func whereLocksAreRefusedATabHasAStreamOfItsOwn() async throws {
            let server = try await StaticServer(folder: "sandbox")
            let node = try await GatewayProcess(["--cors-origin", "*"])
            try await ChromeDriver.current.withBrowser { browser in
                try await browser.open("\(server.origin)/?gateway=\(node.url)")
                try await browser.wait(until: "told.includes('SecurityError') && told.includes('ready a')")
                try await browser.wait(until: "told.includes('in the first room')")
                try await browser.wait(until: "told.includes('ready a,b')")
                try await say(["in the second room"], in: "b", at: node)
                try await browser.wait(until: "told.includes('in the second room')")
                try await StreamCensus.waitForOne(in: ["a", "b"], at: node)
                try await browser.run("document.querySelector('iframe').contentWindow.postMessage('enough', '*')")
                try await browser.wait(until: "told.at(-1) === 'over'")
                try await StreamCensus.waitForNone(at: node)
            }
            await node.child.kill()
            await server.stop()
        }

        @Test func tabsOfDifferentUsersDoNotShare() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                for (index, who) in ["user: 'ann'", "user: 'bo'", "share: false"].enumerated() {
                    let options = "{ rooms: ['a'], \(who) }"
                    let tab = try await ClientTab(browser, at: node.url, isFirst: index == 0, options)
                    try await tab.waitForConnection()
                }
                #expect(try await StreamCensus.rooms(of: node) == [["a"], ["a"], ["a"]])
            }
            await node.child.kill()
        }
    }
}
