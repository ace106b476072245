import IntegrationSupport
import Testing

extension BrowserTests {
    /// `client.js` in more rooms than one stream can have.
    @Suite struct ClientRoomsTests {
        /// What is told of a room that was refused.
        struct Refusal: Decodable, Equatable {
            let room: String
            let status: Int
            let reason: String
            let limit: Int?
        }

        private func refusals(_ tab: ClientTab) async throws -> [Refusal] {
            try await tab.run("return told.events.filter(({ name }) => name === 'refused')")
        }

        private func say(_ text: String, in room: String, at node: GatewayProcess) async throws {
            _ = try await post(#"{"text":"\#(text)"}"#, to: "\(node.url)/rooms/\(room)/messages")
        }

        @Test func ofTheRoomsOfAllTabsThoseBeyond100AreRefusedAndTheOthersGoOn() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let first = try await ClientTab(
                    browser,
                    at: node.url,
                    isFirst: true,
                    "{ rooms: Array.from({ length: 99 }, (_, number) => `r${number}`) }"
                )
                try await first.waitForConnection()
                let second = try await ClientTab(browser, at: node.url, "{ rooms: ['x', 'y'] }")
                try await second.wait(until: "told.events.some(({ name }) => name === 'refused')")
                let told = Refusal(room: "y", status: 400, reason: "too-many-rooms", limit: 100)
                #expect(try await refusals(second) == [told])
                let rooms: [String] = try await second.run("return chat.rooms")
                #expect(rooms == ["x"])
                try await second.wait(until: "chat.state === 'online'")
                for room in ["r0", "r98", "x"] { try await say("in \(room)", in: room, at: node) }
                for room in ["r0", "r98"] { try await first.waitForText("in \(room)") }
                try await second.waitForText("in x")
                let third = try await ClientTab(browser, at: node.url, "{ rooms: ['z'] }")
                try await third.wait(until: "chat.state === 'over'")
                let reason: String = try await third.run(
                    "return told.events.findLast(({ state }) => state === 'over').reason"
                )
                #expect(reason == "too-many-rooms")
                // Rooms that are there lose nothing to the new ones, not even to those of the tab with the stream.
                try await first.run("chat.join('late')")
                try await first.wait(until: "told.events.some(({ room }) => room === 'late')")
                #expect(try await refusals(first).map(\.room) == ["late"])
                try await say("again in x", in: "x", at: node)
                try await second.waitForText("again in x")
                // Where one is left, another one finds room.
                try await first.run("told.events.length = 0; chat.leave('r0')")
                try await first.wait(until: "told.events.some(({ name }) => name === 'ready')")
                try await third.run("chat.join('z')")
                try await say("in z", in: "z", at: node)
                try await third.waitForText("in z")
                try await third.wait(until: "chat.state === 'online'")
                #expect(try await StreamCensus.rooms(of: node).count == 1)
            }
            await node.child.kill()
        }

        @Test func aNodeMayTakeFewer() async throws {
            let node = try await GatewayProcess(["--max-rooms", "3"])
            try await ChromeDriver.current.withBrowser { browser in
                let tab = try await ClientTab(browser, at: node.url, isFirst: true, "{ rooms: ['a', 'b'] }")
                try await tab.waitForConnection()
                try await tab.run("for (const room of ['c', 'd', 'e']) chat.join(room)")
                try await tab.wait(until: "told.events.some(({ name }) => name === 'refused')")
                #expect(
                    try await refusals(tab)
                        == ["d", "e"].map { Refusal(room: $0, status: 400, reason: "too-many-rooms", limit: 3) }
                )
                for room in ["a", "b", "c"] { try await say("in \(room)", in: room, at: node) }
                for room in ["a", "b", "c"] { try await tab.waitForText("in \(room)") }
                try await tab.wait(until: "chat.state === 'online'")
                let isOver: Bool = try await tab.run("return told.events.some(({ state }) => state === 'over')")
                #expect(!isOver)
            }
            await node.child.kill()
        }

        @Test func namesThatAreTooLongTogetherAreTooManyRooms() async throws {
            let node = try await GatewayProcess()
            try await ChromeDriver.current.withBrowser { browser in
                let tab = try await ClientTab(
                    browser,
                    at: node.url,
                    isFirst: true,
                    preparing: "window.names = Array.from({ length: 60 }, (_, number) => '室'.repeat(40) + number);",
                    "{ rooms: names }"
                )
                try await tab.wait(until: "told.events.some(({ name }) => name === 'refused')")
                try await tab.waitForConnection()
                let refused = try await refusals(tab)
                let count: Int = try await tab.run("return chat.rooms.length")
                #expect(count + refused.count == 60 && (30..<50).contains(count))
                #expect(refused.allSatisfy { $0.limit == count && $0.status == 431 && $0.reason == "too-many-rooms" })
                for number in [0, count - 1] {
                    try await tab.run("chat.send(names[\(number)], { text: 'in \(number)' })")
                    try await tab.waitForText("in \(number)")
                }
            }
            await node.child.kill()
        }
    }
}
