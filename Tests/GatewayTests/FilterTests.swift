import ChatGateway
import IntegrationSupport
import NIOPosix
import Synchronization
import Testing

/// What the filter of whoever embeds the gateway does to messages.
@Suite struct FilterTests {
    /// Says what it was asked, and judges by the text.
    private final class Judge: Sendable {
        private let state = Mutex<[ProposedMessage]>([])

        var asked: [ProposedMessage] { state.withLock { $0 } }

        func judge(_ message: ProposedMessage) throws -> MessageVerdict {
            state.withLock { $0.append(message) }
            if message.json.contains("bad") { return .refuse("No such words", status: .forbidden) }
            if message.json.contains("damn") { return .replace(with: message.json.replacing("damn", with: "***")) }
            if message.json.contains("forge") {
                return .replace(with: #"{"id":"his","room":"his","time":"his","user":"his","n": 1.10}"#)
            }
            if message.json.contains("array") { return .replace(with: "[]") }
            if message.json.contains("long") {
                return .replace(with: #"{"x":"\#(String(repeating: "x", count: 500))"}"#)
            }
            if message.json.contains("odd") { return .refuse("odd", status: .ok) }
            if message.json.contains("throw") { throw Unexpected("secret words") }
            return .accept
        }
    }

    private func with(
        access: Access? = nil,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Node, Judge) async throws -> Void
    ) async throws {
        let judge = Judge()
        try await Node.with(
            { $0.maxBody = 300 },
            access: access,
            filter: MessageFilter { try judge.judge($0) }
        ) { try await body($0, judge) }
    }

    private func posted(_ result: String, _ node: Node) throws -> Int64 {
        try node.metrics.expectCounter("chat_gateway_posts", [("result", result)]).totalValue
    }

    @Test func `what passes is stored as it was posted`() async throws {
        try await with { node, judge in
            let (stream, _) = try await node.stream()
            let answer = try await node.answer(RawConnection.post("/chat", #"{"id":"x", "n":1.10}"#))
            #expect(answer.status == 201 && answer.body.hasSuffix(#","n":1.10}"#))
            #expect(try await stream.message().data == answer.body)
            let asked = judge.asked
            #expect(asked.map(\.json) == [#"{"id":"x", "n":1.10}"#])
            #expect(asked.map(\.id) == ["x"] && asked.map(\.room.name) == ["lobby"] && asked[0].identity == nil)
        }
    }

    @Test func `it may compute for as long as it likes, away from event loops`() async throws {
        let filter = MessageFilter { _ in
            MultiThreadedEventLoopGroup.currentEventLoop == nil ? .accept : .refuse("This is an event loop")
        }
        try await Node.with(filter: filter) { try await $0.post("{}") }
    }

    @Test func `what is put in its place is what everybody gets, but for the server's members`() async throws {
        try await with { node, _ in
            let (stream, _) = try await node.stream()
            let mild = try await node.answer(RawConnection.post("/chat", #"{"id":"a","text":"damn"}"#))
            #expect(mild.status == 201 && mild.body.contains(#""id":"a""#) && mild.body.hasSuffix(#","text":"***"}"#))
            #expect(try await stream.message().data == mild.body)
            let forged = try await node.answer(RawConnection.post("/chat", #"{"id":"b","x":"forge"}"#))
            #expect(
                forged.body.wholeMatch(
                    of: /\{"id":"b","room":"lobby","time":"[^"h]+Z","user":"his","n":1\.10\}/
                ) != nil,
                "\(forged.body)"
            )
            #expect(try await stream.message().data == forged.body)
        }
    }

    @Test func `what is refused is not stored, and the sender is told why`() async throws {
        try await with { node, _ in
            let (stream, _) = try await node.stream()
            let refused = try await node.answer(RawConnection.post("/chat", #"{"text":"bad"}"#))
            #expect(refused.status == 403 && refused["content-type"] == "application/problem+json")
            #expect(refused.body.contains(#""detail":"No such words""#))
            let next = try await node.post(#"{"text":"good"}"#)
            #expect(try await stream.message().data == next)
            #expect(try posted("refused", node) == 1)
            #expect(try posted("stored", node) == 1)
        }
    }

    @Test(arguments: ["array", "long", "odd", "throw"])
    func `a filter that fails stores nothing and tells nothing`(fault: String) async throws {
        try await with { node, _ in
            let (stream, _) = try await node.stream()
            let failed = try await node.answer(RawConnection.post("/chat", #"{"text":"\#(fault)"}"#))
            #expect(failed.status == 500 && failed.body.contains(#""stored":"no""#))
            #expect(!failed.body.contains("secret"))
            let next = try await node.post(#"{"text":"good"}"#)
            #expect(try await stream.message().data == next)
            #expect(try posted("unjudged", node) == 1)
        }
    }

    @Test func `what was stored once is answered so again, whatever the filter says by then`() async throws {
        let isStrict = Mutex(false)
        let filter = MessageFilter { _ in isStrict.withLock { $0 } ? .refuse("Not any more") : .accept }
        try await Node.with(filter: filter) { node in
            let (stream, _) = try await node.stream()
            let first = try await node.answer(RawConnection.post("/chat", #"{"id":"x","n":1}"#))
            isStrict.withLock { $0 = true }
            let again = try await node.answer(RawConnection.post("/chat", #"{"id":"x","n":2}"#))
            #expect(first.status == 201 && again.status == 200 && again.body == first.body)
            #expect(try await node.answer(RawConnection.post("/chat", #"{"id":"y"}"#)).status == 422)
            #expect(try await node.answer(RawConnection.post("/rooms/b/messages", #"{"id":"x"}"#)).status == 422)
            isStrict.withLock { $0 = false }
            let last = try await node.post("{}")
            #expect(try await stream.message().data == first.body)
            #expect(try await stream.message().data == last)
        }
    }

    @Test func `it is asked only about what would be stored, and knows who sends it`() async throws {
        let judge = Judge()
        var access = Access(authorizer: OneUser())
        access.anonymous = Permission(write: [.every])
        try await Node.with(access: access, filter: MessageFilter { try judge.judge($0) }) { node in
            for bytes in ["[]", #"{"id":"?"}"#] {
                #expect(try await node.answer(RawConnection.post("/chat", bytes)).status == 400)
            }
            #expect(try await node.answer(RawConnection.post("/chat", "{}", ["Authorization: Bearer x"])).status == 401)
            #expect(judge.asked.isEmpty)
            #expect(
                try await node.answer(RawConnection.post("/chat", "{}", ["Authorization: Bearer ann"])).status == 201
            )
            #expect(try await node.answer(RawConnection.post("/chat", "{}")).status == 201)
            #expect(judge.asked.map { $0.identity?.user } == ["ann", nil])
            #expect(judge.asked.first?.identity?.claims == ["plan": "paid"])
            // What the program or an operator says is nobody's to judge.
            let room = try #require(Room("lobby"))
            #expect(try await String(buffer: node.gateway.publish(#"{"x":"bad"}"#, to: room)).contains("bad"))
            #expect(judge.asked.count == 2)
        }
    }

    /// Knows one user by his name.
    private struct OneUser: Authorizer {
        func judge(_ token: String) -> Judgement {
            guard token == "ann", var ann = Identity(user: token, permission: .everything) else {
                return .refused("Who?")
            }
            ann.claims = ["plan": "paid"]
            return .accepted(ann)
        }
    }
}
