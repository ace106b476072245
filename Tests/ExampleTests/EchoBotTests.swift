import ChatGatewayClient
import Foundation
import IntegrationSupport
import Testing

/// The bot of the examples with real nodes.
@Suite struct EchoBotTests {
    private struct Words: Codable {
        var user = "ann"
        var text: String
    }

    @Test func `it takes under 40 lines, which the cookbook shows`() throws {
        #expect(try Example.lineCount("Sources/Examples/EchoBot/EchoBot.swift") < 40)
        let cookbook = try Checkout.text("Sources/ChatGateway/ChatGateway.docc/Cookbook.md")
        #expect(cookbook.contains(try Checkout.text("Sources/Examples/EchoBot/EchoBot.swift")))
    }

    @Test(.timeLimit(.minutes(5)))
    func `what it may not say it leaves out, and goes on`() async throws {
        let node = try await GatewayProcess(["--max-body", "200"])
        let bot = try await Example.start("EchoBot", [node.url, "lobby"])
        let ops = try await node.opsURL
        try await eventually("the bot listens") {
            try await Curl.answer(ops + "/admin/streams").body.contains(#""user":"echo""#)
        }
        let chat = ChatClient(node.url)
        // Just short enough: the answer is longer.
        try await chat.publish(Words(text: String(repeating: "x", count: 120)), to: "lobby")
        try await chat.publish(Words(text: "short"), to: "lobby")
        try await eventually("the bot has answered what it may") {
            try await chat.history(of: "lobby").messages.count == 3
        }
        let messages = try await chat.history(of: "lobby").messages
        #expect(try messages[2].decode(Words.self).text == "ann says: short")
        #expect(bot.ending == nil)
        await bot.kill()
        await node.child.kill()
    }

    @Test(.timeLimit(.minutes(5)))
    func `it answers everything once, also what was said while its node was away`() async throws {
        try await RedisServer.with { redis in
            let node = try await GatewayProcess(redis: redis)
            let other = try await GatewayProcess(redis: redis)
            let port = try node.port
            let bot = try await Example.start("EchoBot", [node.url, "lobby"])
            let ops = try await node.opsURL
            // That its stream is known does not mean yet that it is in the room: the node may still be subscribing.
            try await eventually("the bot listens") {
                try await Curl.answer(ops + "/metrics").body
                    .contains(#"chat_gateway_streams_opened_total{from="new"} 1"#)
            }
            let chat = ChatClient(other.url)
            var events = chat.events(in: ["lobby"]).makeAsyncIterator()
            guard case .ready = try await events.next() else { throw Unexpected("no ready") }
            var heard: [String] = []
            let hear = { (count: Int) async throws in
                while heard.count < count, let event = try await events.next() {
                    if case .message(let message) = event { heard.append(try message.decode(Words.self).text) }
                }
            }
            try await chat.publish(Words(text: "one"), to: "lobby")
            try await hear(2)
            #expect(heard == ["one", "ann says: one"])

            await node.child.kill()
            try await chat.publish(Words(text: "two"), to: "lobby")
            let restarted = try await GatewayProcess(port: port, redis: redis)
            try await hear(4)
            #expect(heard.suffix(2) == ["two", "ann says: two"])
            try await chat.publish(Words(text: "three"), to: "lobby")
            try await hear(6)
            #expect(heard.suffix(2) == ["three", "ann says: three"])
            #expect(bot.ending == nil)
            await bot.kill()
            await restarted.child.kill()
            await other.child.kill()
        }
    }
}
