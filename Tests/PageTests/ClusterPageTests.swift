import Foundation
import IntegrationSupport
import Testing

extension BrowserTests {
    /// The page on the ops listener that shows operators all nodes.
    @Suite struct ClusterPageTests {
        /// The texts of a table's cells, row by row.
        private func table(_ id: String, in browser: Browser) async throws -> [[String]] {
            try await browser.run(
                """
                return Array.from(document.querySelectorAll('#\(id) tbody tr'), (row) =>
                  Array.from(row.cells, (cell) => cell.innerText.trim()))
                """
            )
        }

        private func waitForRow(_ start: [String], of id: String, in browser: Browser) async throws {
            try await eventually("\(id) has \(start)") {
                try await table(id, in: browser).contains { $0.prefix(start.count) == start[...] }
            }
        }

        private func total(_ name: String, in browser: Browser) async throws -> String {
            try await browser.run("return document.querySelector('#total-\(name)').innerText")
        }

        /// Runs a test with two nodes and a browser.
        static func withTwoNodes(
            _ options: [String] = [],
            width: Int = 1280,
            _ body: (_ first: GatewayProcess, _ second: GatewayProcess, Browser, RedisServer) async throws -> Void
        ) async throws {
            try await RedisServer.with { redis in
                let first = try await GatewayProcess(["--node", "first"] + options, redis: redis)
                let second = try await GatewayProcess(["--node", "second"] + options, redis: redis)
                try await ChromeDriver.current.withBrowser(width: width, height: 1000) { browser in
                    try await body(first, second, browser, redis)
                }
                for node in [first, second] { await node.child.kill() }
            }
        }

        @Test func theOpsListenerOfAnyNodeShowsAllWithTheirStreamsRoomsAndRates() async throws {
            try await Self.withTwoNodes { first, second, browser, _ in
                let listeners = [
                    try await Listener(first.url + "/events?room=hall&room=k%C3%BCche"),
                    try await Listener(second.url + "/rooms/hall/events"),
                    try await Listener(second.url + "/rooms/hall/events"),
                ]
                try await browser.open("\(first.opsURL)/admin/")
                try await waitForRow(["first", "ready", "1", "2"], of: "nodes", in: browser)
                try await waitForRow(["second", "ready", "2", "1"], of: "nodes", in: browser)
                try await waitForRow(["hall", "3", "2"], of: "rooms", in: browser)
                #expect(try await table("rooms", in: browser) == [["hall", "3", "2"], ["küche", "1", "1"]])
                #expect(try await total("streams", in: browser) == "3")
                #expect(try await total("rooms", in: browser) == "2")
                #expect(try await total("nodes", in: browser) == "2")
                // A rate is of one second: messages come until it is seen on both sides.
                try await eventually("messages change the rates of both nodes") {
                    _ = try await post(#"{"text":"x"}"#, to: "\(first.url)/rooms/hall/messages")
                    return try await browser.run(
                        """
                        const [one, two] = ['first', 'second'].map((name) =>
                          [...nodes.values()].find((node) => node.report.node === name).samples);
                        return one.some((s) => s.posts > 0 && s.deliveries > 0 && s.p99 !== null)
                          && two.some((s) => s.posts === 0 && s.deliveries > 0)
                          && [...document.querySelectorAll('.chart path')]
                            .filter((path) => /L/.test(path.getAttribute('d'))).length === 8
                        """
                    )
                }
                let said: [String] = try await browser.run(
                    "return Array.from(document.querySelectorAll('.chart'), (chart) => chart.getAttribute('aria-label'))"
                )
                #expect(said.count == 4 && said.allSatisfy { $0.contains("first") && $0.contains("second") })
                for listener in listeners { await listener.close() }
            }
        }

        @Test func aSlowStreamOnAnotherNodeIsFoundAndItsButtonEndsItForGood() async throws {
            try await Self.withTwoNodes(["--loops", "1"]) { first, second, browser, _ in
                let slow = try StalledListener(second, "/rooms/hall/events?user=ann")
                let other = try await Listener(second.url + "/rooms/hall/events?user=bo")
                try await browser.open("\(first.opsURL)/admin/")
                try await StalledListener.postMoreThanSocketsTake(to: "\(first.url)/rooms/hall/messages")
                try await browser.wait(until: "document.querySelector('#slow tbody button')")
                let row = try #require(try await table("slow", in: browser).first)
                #expect(row[1...4] == ["ann", "127.0.0.1", "hall", "second"])
                #expect(try await total("slow", in: browser) == "1")

                try await browser.click("#slow tbody button")
                let question: String = try await browser.run("return document.querySelector('#question').innerText")
                #expect(question.contains(row[0]) && question.contains("ann"))
                // Nothing happens to those who change their minds.
                try await browser.click("#confirm .quiet")
                let nothing: String = try await browser.run("return document.querySelector('#result').innerText")
                #expect(nothing.isEmpty)
                try await browser.click("#slow tbody button")
                try await browser.run("document.querySelector('#bar').value = '10m'")
                try await browser.click("#yes")
                try await browser.wait(until: "document.querySelector('#result').innerText.startsWith('Told 2 nodes')")
                try await browser.wait(until: "!document.querySelector('#slow tbody tr')")
                #expect(other.isOpen)
                try await eventually("ann may not come back") {
                    let connection = try await RawConnection(port: first.port)
                    try await connection.request("GET", "/chat?user=ann")
                    let status = try await connection.head().status
                    await connection.close()
                    return status == 204
                }
                await other.close()
                withExtendedLifetime(slow) {}
            }
        }

        @Test func aUsersStreamsAreEndedOnAllNodesByName() async throws {
            try await Self.withTwoNodes { first, second, browser, _ in
                let ann = [
                    try await Listener(first.url + "/chat?user=ann"), try await Listener(second.url + "/chat?user=ann"),
                ]
                let bo = try await Listener(second.url + "/chat?user=bo")
                try await browser.open("\(second.opsURL)/admin/")
                try await browser.type("ann", into: "#target")
                try await browser.pressEnter(in: "#target")
                try await browser.wait(until: "document.querySelector('#confirm').open")
                try await browser.click("#yes")
                for listener in ann {
                    try await listener.line(with: "kicked")
                    try await listener.end()
                }
                try await browser.wait(until: "document.querySelector('#result').innerText.includes('ann')")
                #expect(bo.isOpen)
                await bo.close()
            }
        }

        @Test func whoDoesNotHaveTheKeySeesNothingAndCanTypeIt() async throws {
            try await Self.withTwoNodes(["--ops-key", "0123456789abcdef"]) { first, _, browser, _ in
                try await browser.open("\(first.opsURL)/admin/")
                try await browser.wait(until: "document.querySelector('#connection').dataset.state === 'locked'")
                #expect(try await table("nodes", in: browser).isEmpty)
                // A header cannot carry this one.
                try await browser.type("ключ", into: "#key")
                try await browser.pressEnter(in: "#key")
                try await browser.wait(until: "banner.textContent.includes('does not take this key')")
                for (key, state) in [("a wrong key", "locked"), ("0123456789abcdef", "live")] {
                    try await browser.type(key, into: "#key")
                    try await browser.pressEnter(in: "#key")
                    try await browser.wait(until: "document.querySelector('#connection').dataset.state === '\(state)'")
                }
                try await waitForRow(["first", "ready"], of: "nodes", in: browser)
                try await waitForRow(["second", "ready"], of: "nodes", in: browser)
                // It opens orders too, and lasts as long as the tab.
                try await browser.open("\(first.opsURL)/admin/")
                try await waitForRow(["second", "ready"], of: "nodes", in: browser)
                try await browser.type("nobody", into: "#target")
                try await browser.pressEnter(in: "#target")
                try await browser.wait(until: "document.querySelector('#confirm').open")
                try await browser.click("#yes")
                try await browser.wait(until: "document.querySelector('#result').innerText.startsWith('Told 2 nodes')")
            }
        }

        @Test func aNodeThatIsKilledIsShownAsGoneAndOneInItsPlaceAsBack() async throws {
            try await Self.withTwoNodes { first, second, browser, redis in
                try await browser.open("\(first.opsURL)/admin")
                try await waitForRow(["second", "ready"], of: "nodes", in: browser)
                await second.child.kill()
                try await eventually("it is shown as gone") {
                    try await table("nodes", in: browser).contains { $0[0] == "second" && $0[1].hasPrefix("gone") }
                }
                #expect(try await total("nodes", in: browser).hasSuffix("and 1 gone"))
                let again = try await GatewayProcess(["--node", "second"], redis: redis)
                try await waitForRow(["second", "ready"], of: "nodes", in: browser)
                #expect(try await table("nodes", in: browser).count == 2)
                await again.child.kill()
            }
        }

        @Test func namesOfUsersAndRoomsAreTextAndNeverMarkup() async throws {
            let node = try await GatewayProcess(["--node", "only"])
            let attack = "%3Cimg%20src%3Dx%20onerror%3D%22window.attacked%3D1%22%3E"
            let listener = try await Listener("\(node.url)/rooms/\(attack)/events")
            try await ChromeDriver.current.withBrowser { browser in
                try await browser.open("\(node.opsURL)/admin/")
                try await waitForRow([#"<img src=x onerror="window.attacked=1">"#, "1", "1"], of: "rooms", in: browser)
                let isHarmless: Bool = try await browser.run(
                    "return !document.querySelector('img') && window.attacked === undefined"
                )
                #expect(isHarmless)
            }
            await listener.close()
            await node.child.kill()
        }

        @Test func reportsOfAnyVersionAreAddedUpAndWrittenForPeople() async throws {
            let node = try await GatewayProcess(["--node", "only"])
            try await ChromeDriver.current.withBrowser { browser in
                try await browser.open("\(node.opsURL)/admin/")
                try await waitForRow(["only", "ready"], of: "nodes", in: browser)
                let texts: [String] = try await browser.run(
                    """
                    return [duration(59), duration(600), duration(3661), duration(90061), duration(null),
                      bytes(0), bytes(1536), bytes(5 * 1024 ** 3), bytes(undefined), rate(0.25), rate(1234.5), count(12345)]
                    """
                )
                #expect(
                    texts == [
                        "59 s", "10 min", "1 h 1 min", "1 d 1 h", "–", "0 B", "1.5 KiB", "5 GiB", "–", "0.3", "1,235",
                        "12,345",
                    ]
                )
                let heights: [Int] = try await browser.run("return [0, 1, 3, 5, 11, 100, 501].map(ceiling)")
                #expect(heights == [1, 1, 5, 5, 20, 100, 1000])
                // A node that names not all of its rooms may have more streams in one than it says.
                let rooms: [String] = try await browser.run(
                    """
                    const { list } = biggestRooms([
                      { biggest: [{ room: 'a', streams: 3 }, { room: 'b', streams: 2 }], more_rooms: true },
                      { biggest: [{ room: 'b', streams: 2 }, { room: 'c', streams: 1 }], more_rooms: false },
                      { biggest: [], more: 'unknown' },
                    ]);
                    return list.map(({ room, streams, isBound, on }) => `${room} ${isBound ? '>=' : '='} ${streams} on ${on}`)
                    """
                )
                #expect(rooms == ["b = 4 on 2", "a = 3 on 1", "c >= 1 on 1"])
                // A line is broken where nothing was reported, or nothing is known.
                let path: String = try await browser.run(
                    """
                    const samples = [50, 51, 52, 59, 60].map((at) => ({ time: at * 1000, v: at === 51 ? null : 1 }));
                    return line(samples, 'v', (time) => time / 1000 - 50, () => 7, 0)
                    """
                )
                #expect(path == "M0.0 7.0h.1L2.0 7.0M9.0 7.0h.1L10.0 7.0")
                // What is no report changes nothing; what is one of another version is shown as far as it goes.
                try await browser.run(
                    """
                    for (const other of ['{', 'null', '1', '{}', '{"node":"x"}', '{"instance":1,"node":"x"}'])
                      take(parsed(other));
                    take({ instance: 'old', node: 'older', ready: true, streams: 7, posts: 'many', colour: 'red' });
                    render()
                    """
                )
                let shown = try await table("nodes", in: browser)
                let older = shown.first { $0[0] == "older" }
                #expect(older == ["older", "ready", "7", "–", "–", "–", "–", "–", "–", "–", "–", "–", "–"])
                #expect(shown.count == 2)
                // Nor does one that is odd keep the others from being shown.
                try await browser.run(
                    """
                    take({ instance: 'odd', node: 'odd', ready: true, more_rooms: true, rooms: 'all', biggest: 5,
                      slowest: [null, { stream: 's', room_count: 2, rooms: 3, silent: 1 }] });
                    take({ instance: 'new', node: 'newer', ready: true, biggest: [null, { room: 'hall', streams: 2 }] });
                    render()
                    """
                )
                #expect(try await table("nodes", in: browser).map { $0[0] } == ["newer", "odd", "older", "only"])
                try await waitForRow(["hall", "≥ 2", "1"], of: "rooms", in: browser)
                try await waitForRow(["s", "–", "–", "and 2 more", "odd", "1 s"], of: "slow", in: browser)
            }
            await node.child.kill()
        }

        @Test func whileNobodyWatchesNoNodeReports() async throws {
            try await Self.withTwoNodes { first, _, browser, redis in
                let spy = try await ChildProcess(
                    "redis-cli",
                    ["-p", "\(redis.port)", "PSUBSCRIBE", "cg:0:{0}:control:*", "cg:0:{0}:1:node:*"]
                )
                // Redis-cli's lines: a publication is a kind, a pattern, a channel and what was published.
                let reports = { spy.lines(of: .standard).count { $0.hasPrefix("v {") || $0.hasPrefix("watch ") } }
                let probes = { spy.lines(of: .standard).count { $0.hasPrefix("p ") } }
                try await eventually("probes pass") { probes() > 6 }
                #expect(reports() == 0)
                try await browser.open("\(first.opsURL)/admin/")
                try await waitForRow(["second", "ready"], of: "nodes", in: browser)
                #expect(reports() > 1)
                try await browser.open("about:blank")
                // A last wish of the page's node is good for 6 seconds; probes, one a second of each node, tell the time.
                try await eventually("the nodes have fallen silent", within: .seconds(30)) {
                    let (before, start) = (reports(), probes())
                    try await eventually("4 seconds have passed") { probes() >= start + 8 }
                    return reports() == before
                }
                await spy.kill()
            }
        }
    }
}
