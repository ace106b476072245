import AsyncHTTPClient
import Foundation
import IntegrationSupport
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import ChatGatewayClient

/// The client with real nodes.
@Suite struct ChatClientTests {
    private struct Words: Codable, Equatable {
        var text: String
    }

    /// Reads on until something comes.
    private func next<Value>(
        _ events: inout ChatEvents.Iterator,
        _ pick: (ChatEvent) -> Value?
    ) async throws -> Value {
        while let event = try await events.next() {
            if let value = pick(event) { return value }
        }
        throw Unexpected("the events have ended")
    }

    private func message(_ events: inout ChatEvents.Iterator) async throws -> ChatMessage {
        try await next(&events) { if case .message(let message) = $0 { message } else { nil } }
    }

    private func ready(_ events: inout ChatEvents.Iterator) async throws -> ChatEvent.Ready {
        try await next(&events) { if case .ready(let ready) = $0 { ready } else { nil } }
    }

    @Test(.timeLimit(.minutes(5)))
    func `what is published is heard and is in the history`() async throws {
        let node = try await GatewayProcess(["--node", "alpha"])
        let chat = ChatClient(node.url + "/")
        var events = chat.events(in: ["a b", "聊/天".replacing("/", with: "")]).makeAsyncIterator()
        let ready = try await ready(&events)
        #expect(ready.node == "alpha" && Set(ready.rooms.keys) == ["a b", "聊天"])

        let first = try await chat.publish(Words(text: "one"), to: "a b")
        #expect(!first.isRepetition)
        try await chat.publish(Words(text: "two"), to: "聊天", id: "mine")
        #expect(try await chat.publish(Words(text: "other"), to: "聊天", id: "mine").isRepetition)
        try await chat.publish([String: String](), to: "a b", id: "empty")

        let heard = try await message(&events)
        #expect(try heard.id == first.id && heard.room == "a b" && heard.decode() == Words(text: "one"))
        #expect(heard.json == first.json)
        let other = try await message(&events)
        #expect(try other.id == "mine" && other.decode() == Words(text: "two"))
        #expect(try await message(&events).id == "empty")

        let history = try await chat.history(of: "a b", limit: 1)
        #expect(history.messages.map(\.id) == ["empty"] && history.hasMore)
        let rest = try await chat.history(of: "a b", before: history.messages[0].cursor)
        #expect(rest.messages.map(\.id) == [first.id] && !rest.hasMore)
        let behind = try await chat.history(of: "a b", after: heard.cursor)
        #expect(behind.messages.map(\.id) == ["empty"])
        let gone = await #expect(throws: ChatClientError.self) { try await chat.history(of: "a b", after: "nonsense") }
        #expect(gone?.status == 410)

        // From a cursor on, and from before now.
        var again = chat.events(in: ["a b"], after: heard.cursor).makeAsyncIterator()
        #expect(try await message(&again).id == "empty")
        var late = chat.events(in: ["a b"], history: 2).makeAsyncIterator()
        #expect(try await message(&late).id == first.id)
        await node.child.kill()
    }

    @Test(.timeLimit(.minutes(5)))
    func `a message that is none is refused once, and not tried again`() async throws {
        let node = try await GatewayProcess(["--max-body", "100"])
        let chat = ChatClient(node.url)
        let long = await #expect(throws: ChatClientError.self) {
            try await chat.publish(Words(text: String(repeating: "x", count: 200)), to: "lobby")
        }
        #expect(long?.status == 413 && long?.code == .refused)
        let list = await #expect(throws: ChatClientError.self) { try await chat.publish([1], to: "lobby") }
        #expect(list?.code == .notAnObject)
        let url = await #expect(throws: ChatClientError.self) {
            try await ChatClient("localhost").publish(Words(text: ""), to: "lobby")
        }
        #expect(url?.code == .invalidURL)
        await node.child.kill()
    }

    @Test(
        arguments: [
            (301, .refused), (304, .refused), (204, .refused), (400, .refused), (403, .refused), (413, .refused),
            (422, .refused), (408, .unavailable), (429, .unavailable), (500, .unavailable), (503, .unavailable),
        ] as [(Int, ChatClientError.Code)]
    )
    func `only what may pass is tried again`(status: Int, code: ChatClientError.Code) {
        #expect(ChatClient.refusal(status, Data()).code == code)
    }

    @Test(.timeLimit(.minutes(5)), arguments: [HTTPResponseStatus.movedPermanently, .found, .permanentRedirect])
    func `a message follows its room to where that has moved`(status: HTTPResponseStatus) async throws {
        let node = try await GatewayProcess()
        try await ScriptedListener.with { target in
            HTTPResponseHead(version: .http1_1, status: status, headers: ["Location": node.url + target])
        } _: { url in
            let chat = ChatClient(url)
            let stored = try await chat.publish(Words(text: "moved"), to: "lobby", id: "m1")
            #expect(!stored.isRepetition && String(decoding: stored.json, as: UTF8.self).contains("moved"))
            #expect(try await chat.publish(Words(text: "moved"), to: "lobby", id: "m1").isRepetition)
            #expect(try await chat.history(of: "lobby").messages.map(\.id) == ["m1"])
        }
        await node.child.kill()
    }

    @Test(.timeLimit(.minutes(5)))
    func `a message that got lost on its way is not taken for stored`() async throws {
        let node = try await GatewayProcess()
        // As browsers do, and where nothing is followed.
        for (redirects, code) in [
            (.follow(max: 5, allowCycles: false), .unreadable), (.disallow, .refused),
        ] as [(HTTPClient.Configuration.RedirectConfiguration, ChatClientError.Code)] {
            var configuration = HTTPClient.Configuration()
            configuration.redirectConfiguration = redirects
            let http = HTTPClient(configuration: configuration)
            try await ScriptedListener.with { target in
                HTTPResponseHead(version: .http1_1, status: .found, headers: ["Location": node.url + target])
            } _: { url in
                let error = await #expect(throws: ChatClientError.self) {
                    try await ChatClient(url, http: http).publish(Words(text: "lost"), to: "lobby")
                }
                #expect(error?.code == code)
            }
            try await http.shutdown()
        }
        #expect(try await ChatClient(node.url).history(of: "lobby").messages.isEmpty)
        await node.child.kill()
    }

    @Test(.timeLimit(.minutes(5)))
    func `the longest message of all is heard, and what no gateway sends is told as such`() async throws {
        let node = try await GatewayProcess(["--max-body", "\(1 << 20)"])
        let chat = ChatClient(node.url)
        var events = chat.events(in: ["lobby"]).makeAsyncIterator()
        _ = try await ready(&events)
        let frame = #"{"id":"long","text":""}"#
        let long = Words(text: String(repeating: "x", count: (1 << 20) - frame.utf8.count))
        try await chat.publish(long, to: "lobby", id: "long")
        #expect(try await message(&events).decode() == long)
        await node.child.kill()

        let endless = ByteBuffer(repeating: UInt8(ascii: "x"), count: 18 << 16)
        try await ScriptedListener.with(body: endless) { _ in
            HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Type": "text/event-stream"])
        } _: { url in
            var events = ChatClient(url).events(in: ["lobby"]).makeAsyncIterator()
            let error = await #expect(throws: ChatClientError.self) { try await events.next() }
            #expect(error?.code == .unreadable)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a stream whose token has ended comes back with the next one, and without one is refused`() async throws {
        let issuer = TokenIssuer()
        let node = try await GatewayProcess([
            "--auth", "jwt", "--jwt-secret", issuer.published, "--heartbeat", "400ms",
        ])
        let asked = Mutex(0)
        let chat = ChatClient(node.url) {
            let count = asked.withLock { asked in
                asked += 1
                return asked
            }
            return try issuer.token("ann", read: ["lobby"], expires: .seconds(count == 1 ? 5 : 600))
        }
        let old = try issuer.token("ann", read: ["lobby"], expires: .seconds(5))
        var events = chat.events(in: ["lobby"]).makeAsyncIterator()
        var once = ChatClient(node.url) { old }.events(in: ["lobby"]).makeAsyncIterator()
        let first = try await ready(&events)
        _ = try await ready(&once)
        let bye = try await next(&events) { if case .bye(let bye) = $0 { bye } else { nil } }
        #expect(bye == ChatEvent.Bye(reason: "expired", reconnect: false))
        let second = try await ready(&events)
        #expect(second.stream != first.stream && second.rooms["lobby"]?.resumed == true)
        #expect(asked.withLock { $0 } == 2)
        let refusal = await #expect(throws: ChatClientError.self) { while try await once.next() != nil {} }
        #expect(refusal?.code == .refused && refusal?.status == 401)
        await node.child.kill()
    }

    @Test(.timeLimit(.minutes(5)))
    func `every connection shows a new token, and a refusal ends it`() async throws {
        let issuer = TokenIssuer()
        let path = FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID().uuidString)").path
        try issuer.published.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let node = try await GatewayProcess(["--auth", "jwt", "--jwt-secret-file", path])
        let asked = Mutex(0)
        let chat = ChatClient(node.url) {
            asked.withLock { $0 += 1 }
            return try issuer.token("ann", read: ["lobby"], write: ["lobby"])
        }
        var events = chat.events(in: ["lobby"]).makeAsyncIterator()
        _ = try await ready(&events)
        try await chat.publish(Words(text: "one"), to: "lobby")
        #expect(try await message(&events).user == "ann")
        #expect(asked.withLock { $0 } == 2)

        var forbidden = chat.events(in: ["other"]).makeAsyncIterator()
        let refusal = await #expect(throws: ChatClientError.self) { try await forbidden.next() }
        #expect(refusal?.code == .refused && refusal?.status == 403)
        var nobody = ChatClient(node.url).events(in: ["lobby"]).makeAsyncIterator()
        let refusal1 = await #expect(throws: ChatClientError.self) { try await nobody.next() }
        #expect(refusal1?.status == 401)

        // Whoever is thrown out for a while is told so, and has no reason to come back.
        let ops = try await node.opsURL
        _ = try await ChildProcess.output(
            of: "curl",
            [
                "-sS", "-H", "Content-Type: application/json", "-d", #"{"user":"ann","bar":"1m"}"#,
                ops + "/admin/disconnect",
            ]
        )
        let bye = try await next(&events) { if case .bye(let bye) = $0 { bye } else { nil } }
        #expect(bye.reason == "kicked" && !bye.reconnect)
        #expect(try await events.next() == nil)
        var barred = chat.events(in: ["lobby"]).makeAsyncIterator()
        #expect(try await barred.next() == nil)
        await node.child.kill()
    }

    @Test(.timeLimit(.minutes(5)))
    func `a killed node costs nothing but time, and what is published meanwhile is stored once`() async throws {
        try await RedisServer.with { redis in
            let node = try await GatewayProcess(redis: redis)
            let other = try await GatewayProcess(redis: redis)
            let port = try node.port
            let (chat, far) = (ChatClient(node.url), ChatClient(other.url))
            var events = chat.events(in: ["lobby"]).makeAsyncIterator()
            _ = try await ready(&events)
            try await far.publish(Words(text: "before"), to: "lobby", id: "m1")
            #expect(try await message(&events).id == "m1")

            await node.child.kill()
            try await far.publish(Words(text: "meanwhile"), to: "lobby", id: "m2")
            async let published = chat.publish(Words(text: "to a node that is away"), to: "lobby", id: "m3")
            let restarted = try await GatewayProcess(port: port, redis: redis)
            #expect(try await published.id == "m3")
            let back = try await ready(&events)
            #expect(back.rooms["lobby"]?.resumed == true)
            #expect(try await [message(&events).id, message(&events).id] == ["m2", "m3"])
            await restarted.child.kill()
            await other.child.kill()
        }
    }
}
