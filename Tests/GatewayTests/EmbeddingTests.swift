import ChatGateway
import HTTPTypes
import Hummingbird
import IntegrationSupport
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Synchronization
import Testing

/// A gateway on the port of an application of Hummingbird's.
@Suite struct EmbeddingTests {
    @Test func `both answer on one connection, each its own paths`() async throws {
        try await EmbeddedNode.with { router, _ in
            router.get("hello/{name}") { _, context in
                "Hello \(try context.parameters.require("name")), \(context.visitor), request \(context.id.count > 0)"
            }
            router.get("rooms") { _, _ in "all rooms" }
            router.get("rooms/{room}/events") { _, _ in "never" }
        } _: { node in
            let connection = try await node.connect()
            try await connection.request("GET", "/hello/ann", ["Visitor: bob"])
            let hello = try await connection.answer()
            #expect(hello.status == 200 && hello.body == "Hello ann, bob, request true")
            #expect(hello["seen"] == "bob" && hello["server"] == "shop" && hello["date"] != nil)

            try await connection.post("/rooms/a/messages", #"{"n":1}"#)
            let post = try await connection.answer()
            #expect(post.status == 201 && post["seen"] == nil && post["server"] == nil)
            try await connection.request("GET", "/rooms")
            #expect(try await connection.answer().body == "all rooms")
            try await connection.request("GET", "/rooms/a/messages?limit=1")
            #expect(try await connection.answer().body.contains(#""n":1"#))
            try await connection.request("GET", "/rooms/a/events?history=1")
            let ready = try await connection.ready()
            #expect(ready.data.contains(#""node":"test""#))
            #expect(try await connection.message().data == post.body)
        }
    }

    @Test func `what nobody has is the application's to refuse, and so are wrong methods`() async throws {
        try await EmbeddedNode.with { router, _ in
            router.get("hello") { _, _ in "Hello" }
        } _: { node in
            let missing = try await node.answer("GET", "/nothing")
            #expect(missing.status == 404 && missing["server"] == "shop")
            #expect(try await node.answer("DELETE", "/hello").status == 404)
            let wrong = try await node.answer("DELETE", "/rooms/a/messages")
            #expect(wrong.status == 405 && wrong["allow"] == "GET, HEAD, POST, OPTIONS" && wrong["seen"] == nil)
            let head = try await node.answer("HEAD", "/hello")
            #expect(head.status == 404)
        }
    }

    @Test func `the chat page is served where it is wanted, and its paths are the application's elsewhere`()
        async throws
    {
        let routes = { (router: Router<VisitorContext>, _: Gateway) in
            _ = router.get("/") { _, _ in "The shop" }
        }
        try await EmbeddedNode.with(routes: routes) { node in
            let home = try await node.answer("GET", "/")
            #expect(home.body == "The shop")
            #expect(try await node.answer("GET", "/chat.js").status == 404)
        }
        try await EmbeddedNode.with(servesPage: true, routes: routes) { node in
            let home = try await node.answer("GET", "/")
            #expect(home.body.contains("<html"))
        }
    }

    @Test func `origins are the gateway's business on its own paths alone`() async throws {
        try await EmbeddedNode.with { router, _ in
            router.get("hello") { _, _ in "Hello" }
            router.on("hello", method: .options) { _, _ in "the application's" }
        } _: { node in
            let origin = ["Origin: https://chat.example"]
            let name = "access-control-allow-origin"
            #expect(try await node.answer("GET", "/rooms/a/messages", origin)[name] == "https://chat.example")
            #expect(try await node.answer("OPTIONS", "/rooms/a/messages", origin)[name] == "https://chat.example")
            #expect(try await node.answer("GET", "/hello", origin)[name] == nil)
            let options = try await node.answer("OPTIONS", "/hello", origin)
            #expect(options.body == "the application's" && options[name] == nil)
        }
    }

    @Test func `bodies have the application's limit, and answers may come in pieces`() async throws {
        try await EmbeddedNode.with { router, _ in
            router.post("count") { request, _ in "\(try await request.body.collect(upTo: .max).readableBytes)" }
            router.get("pieces") { _, _ in
                Response(
                    status: .ok,
                    body: .init { writer in
                        for number in 0..<100 {
                            try await writer.write(
                                ByteBuffer(string: "\(number) " + String(repeating: "x", count: 10_000))
                            )
                        }
                        try await writer.finish(nil)
                    }
                )
            }
        } _: { node in
            let long = String(repeating: "x", count: 100_000)
            let counted = try await node.answer(RawConnection.post("/count", long))
            #expect(counted.body == "100000")
            #expect(try await node.answer(RawConnection.post("/count", long + "x")).status == 413)
            #expect(try await node.answer(RawConnection.post("/chat", #"{"x":"\#(long)"}"#)).status == 413)
            #expect(try await node.answer("GET", "/pieces").body.count == 100 * 10_000 + 290)
            let old = try await node.answer("GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(old.body.count == 100 * 10_000 + 290 && old["connection"] == "close")
        }
    }

    @Test(arguments: [
        ("HTTP/1.1", "5\r\nfirst\r\n4\r\nlast\r\n0\r\n\r\n"), ("HTTP/1.0", "firstlast"),
    ])
    func `of an answer without a length the head and each piece leave as they come`(
        version: String,
        body: String
    ) async throws {
        let (pieces, add) = AsyncStream.makeStream(of: ByteBuffer.self)
        try await EmbeddedNode.with { router, _ in
            router.get("slow") { _, _ in Response(status: .ok, body: .init(asyncSequence: pieces)) }
        } _: { node in
            let connection = try await node.connect()
            try await connection.send("GET /slow \(version)\r\nHost: a\r\nConnection: close\r\n\r\n")
            let head = try await connection.head()
            #expect(head.status == 200 && head["content-length"] == nil && head["connection"] == "close")
            #expect(head["transfer-encoding"] == (version == "HTTP/1.1" ? "chunked" : nil))
            add.yield(ByteBuffer(string: "first"))
            try await eventually("the first piece is there") { try await connection.rest.contains("first") }
            add.yield(ByteBuffer(string: "last"))
            add.finish()
            #expect(try await connection.end() == body)
        }
    }

    @Test func `to HEAD no piece is written, nor that there are no more`() async throws {
        try await EmbeddedNode.with { router, _ in
            router.head("pieces") { _, _ in
                Response(
                    status: .ok,
                    body: .init { writer in
                        for _ in 0..<2 { try await writer.write(ByteBuffer(string: "piece")) }
                        try await writer.finish(nil)
                    }
                )
            }
            router.get("hello") { _, _ in "Hello" }
        } _: { node in
            let connection = try await node.connect()
            try await connection.request("HEAD", "/pieces")
            #expect(try await connection.answer(toHead: true).status == 200)
            try await connection.request("GET", "/hello")
            #expect(try await connection.answer().body == "Hello")
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: ["HTTP/1.1", "HTTP/1.0"])
    func `who leaves does not cancel what a request has begun, and nothing more is written`(
        version: String
    ) async throws {
        let (ended, end) = AsyncStream.makeStream(of: Bool.self)
        try await EmbeddedNode.with { router, _ in
            router.get("endless") { _, _ in
                Response(
                    status: .ok,
                    body: .init { writer in
                        defer { end.yield(Task.isCancelled) }
                        while true { try await writer.write(ByteBuffer(repeating: UInt8(ascii: "x"), count: 1_000)) }
                    }
                )
            }
        } _: { node in
            let connection = try await node.connect()
            try await connection.send("GET /endless \(version)\r\nHost: a\r\n\r\n")
            _ = try await connection.head()
            await connection.close()
            #expect(await ended.first { _ in true } == false)
        }
    }

    @Test func `its routes do not run on event loops`() async throws {
        try await EmbeddedNode.with { router, _ in
            router.get("loop") { _, _ in "\(MultiThreadedEventLoopGroup.currentEventLoop == nil)" }
        } _: { node in
            let answer = try await node.answer("GET", "/loop")
            #expect(answer.body == "true")
        }
    }

    @Test func `publishing, reading and throwing out go from Swift`() async throws {
        try await EmbeddedNode.with { router, gateway in
            router.post("announce") { request, _ in
                guard let room = Room("lobby") else { return HTTPResponse.Status.badRequest }
                try await gateway.publish(request.body.collect(upTo: 1_000), to: room, as: "the shop")
                return .accepted
            }
        } _: { node in
            let room = try #require(Room("lobby"))
            let connection = try await node.connect()
            try await connection.request("GET", "/chat?user=ann")
            _ = try await connection.ready()
            #expect(
                try await node.answer(RawConnection.post("/announce", #"{"user":"me","text":"Sale"}"#)).status == 202
            )
            let heard = try await connection.message().data
            #expect(heard.contains(#""user":"the shop","text":"Sale""#) && !heard.contains(#""me""#))

            let first = try await node.gateway.publish(#"{"id":"x","n":1}"#, to: room)
            #expect(try await node.gateway.publish(#"{"id":"x","n":2}"#, to: room) == first)
            #expect(try await connection.message().data == String(buffer: first))
            let all = try await node.gateway.messages(in: room)
            #expect(all.messages.map(\.json) == [heard, String(buffer: first)] && !all.hasMore)
            let newest = try await node.gateway.messages(in: room, limit: 1)
            #expect(newest.messages == [all.messages[1]] && newest.hasMore)
            #expect(
                try await node.gateway.messages(in: room, before: newest.messages[0].cursor).messages == [
                    all.messages[0]
                ]
            )
            #expect(
                try await node.gateway.messages(in: room, after: all.messages[0].cursor).messages == [all.messages[1]]
            )

            #expect(try await node.gateway.disconnect(user: "ann", bar: .seconds(60)) == 1)
            #expect(try await connection.message().data.contains(#""reason":"kicked""#))
            #expect(try await node.answer("GET", "/chat?user=ann").status == 204)
            try await node.gateway.disconnect(user: "ann", bar: .zero)
            let again = try await node.connect()
            try await again.request("GET", "/chat?user=ann")
            let ready = try await again.ready()
            let stream = try #require(ready.data.firstMatch(of: /"stream":"([^"]+)"/)).output.1
            try await node.gateway.disconnect(stream: String(stream))
            #expect(try await again.message().data.contains(#""reason":"kicked""#))
        }
    }

    @Test func `what cannot be done from Swift says why`() async throws {
        try await EmbeddedNode.with { node in
            let room = try #require(Room("lobby"))
            let gateway = node.gateway
            for (json, user) in [
                ("[]", nil), ("{}", ""), ("{}", String(repeating: "x", count: 257)), (#"{"id":1}"#, nil),
            ] {
                let error = await #expect(throws: GatewayError.self) {
                    try await gateway.publish(json, to: room, as: user)
                }
                #expect(error?.code == .invalid)
            }
            let long = #"{"x":"\#(String(repeating: "x", count: 1_000))"}"#
            let refusal1 = await #expect(throws: GatewayError.self) { try await gateway.publish(long, to: room) }
            #expect(refusal1?.code == .invalid)
            let other = try #require(Cursor("who.1-0"))
            let gone = await #expect(throws: GatewayError.self) { try await gateway.messages(in: room, after: other) }
            #expect(gone?.code == .gone)
            for bar in [Duration.seconds(-1), .seconds(400 * 86_400)] {
                let error = await #expect(throws: GatewayError.self) {
                    try await gateway.disconnect(user: "ann", bar: bar)
                }
                #expect(error?.code == .invalid)
            }
            for user in ["", String(repeating: "x", count: 1_025)] {
                let error = await #expect(throws: GatewayError.self) { try await gateway.disconnect(user: user) }
                #expect(error?.code == .invalid)
            }
            for stream in ["", "-", "a b", String(repeating: "z", count: 14)] {
                let error = await #expect(throws: GatewayError.self) { try await gateway.disconnect(stream: stream) }
                #expect(error?.code == .invalid)
            }
            #expect(try await gateway.messages(in: room).messages.isEmpty)
        }
    }

    /// Waits for its end, and says when that was.
    private final class Clerk: Service {
        private let log: Mutex<[String]>

        init() { log = Mutex([]) }

        var lines: [String] { log.withLock { $0 } }

        func say(_ line: String) { log.withLock { $0.append(line) } }

        func run() async throws {
            try await gracefulShutdown()
            say("stopped")
        }
    }

    @Test func `when the application stops, streams are told, answers are given, and its services stop last`()
        async throws
    {
        let clerk = Clerk()
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        try await EmbeddedNode.with(services: [clerk]) { router, _ in
            router.get("slow") { _, _ in
                ask.yield()
                while clerk.lines.isEmpty { await Task.yield() }
                clerk.say("answered")
                return "done"
            }
        } _: { node in
            let stream = try await node.connect()
            try await stream.request("GET", "/chat")
            _ = try await stream.ready()
            let other = try await node.connect()
            try await other.request("GET", "/slow")
            _ = await asked.first { _ in true }
            await node.stop()
            let bye = try await stream.message()
            #expect(bye.event == "bye" && bye.data.contains(#""reason":"draining","reconnect":true"#))
            try await stream.end()
            clerk.say("ended")
            let answer = try await other.answer()
            #expect(answer.body == "done" && answer["connection"] == "close")
        }
        #expect(clerk.lines == ["ended", "answered", "stopped"])
    }

    @Test func `what streams write goes through the application's own TLS`() async throws {
        let authority = try await TestAuthority()
        let pair = try await authority.issue("shop")
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(pair.certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: pair.key, format: .pem))
        )
        // How long each side waits for the other's last word, which is not what is tested.
        tls.shutdownTimeout = .milliseconds(100)
        try await EmbeddedNode.with(tls: tls) { node in
            let stream = try await RawConnection(port: node.port, authority: authority)
            try await stream.request("GET", "/chat")
            _ = try await stream.ready()
            for number in 0..<3 {
                let poster = try await RawConnection(port: node.port, authority: authority)
                try await poster.post("/chat", "{\"n\":\(number)}")
                #expect(try await poster.answer().status == 201)
                #expect(try await stream.message().data.contains("\"n\":\(number)"))
                await poster.close()
            }
            await stream.close()
        }
    }

    @Test func `a gateway serves one application, and is run by it`() async throws {
        let gateway = Gateway(logger: Logger(label: "node") { _ in SwiftLogNoOpLogHandler() })
        _ = Application(router: Router(), gateway: gateway)
        await #expect(throws: InvalidConfiguration.self) { try await gateway.run() }
    }
}
