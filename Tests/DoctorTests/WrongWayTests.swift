import IntegrationSupport
import NIOCore
import NIOPosix
import Testing

/// The program where there is no gateway, or the question is wrong.
@Suite(.serialized) struct WrongWayTests {
    @Test(
        "A wrong question is one line and exit code 2",
        arguments: [
            ["chat.example"], ["ftp://chat.example"], ["http://"], ["http://chat.example?room=a"],
            ["http://chat.example", "--streams", "0"], ["http://chat.example", "--idle", "70"],
            ["http://chat.example", "--room", "a/b"], ["http://chat.example", "--origin", "chat.example"],
            ["http://chat.example", "--token-file", "/nonexistent"], ["http://chat.example", "--ca", "/nonexistent"],
            ["http://chat.example", "--what"], [],
        ]
    )
    func wrongQuestion(arguments: [String]) async throws {
        let child = try await ChildProcess(try GatewayProcess.program(), ["doctor"] + arguments)
        #expect(try await child.end(within: .seconds(30)) == .exit(2))
        try await eventually("the outputs are complete") { child.isDrained }
        #expect(child.lines(of: .standard) == [])
        #expect(child.lines(of: .error).count == 1, "\(child.lines(of: .error))")
        #expect(child.text(of: .error).hasPrefix("chat-gateway: "))
    }

    @Test func `nobody there, and a name that nobody knows, are said in one line`() async throws {
        let port = try RedisServer.freePort()
        let absent = try await Examined.run("http://127.0.0.1:\(port)")
        #expect(absent.checks.map(\.seen) == ["Connection refused"], absent.text)
        #expect(absent.ending == .exit(1))
        // A label has at most 63 characters: no name server is asked.
        let unknown = try await Examined.run("http://\(String(repeating: "a", count: 64)).invalid")
        #expect(unknown.checks.map(\.seen) == ["no such host"], unknown.text)
    }

    @Test func `other sites, redirects and a proxy without nodes are told apart`() async throws {
        let node = try await GatewayProcess()
        let sites = PlainNginx(
            http: "error_log stderr;",
            path: "/talk/",
        )
        try await sites.with([node]) { nginx in
            let beside = try await Examined.run(nginx.url)
            #expect(beside.checks.map(\.seen) == ["404: there is no gateway at this path"], beside.text)
            #expect(beside["reach"]?.nginx?.contains("    proxy_pass http://gateway/;") == true)
            #expect(beside["reach"]?.nginx?.contains("    proxy_cookie_path / /talk/;") == true)
            #expect(await node.child.stop() == .exit(0))
            let nobody = try await Examined.run(nginx.url + "/talk/")
            #expect(nobody.checks.map(\.seen) == ["502: the proxy answers, but reaches no node"], nobody.text)
        }
        let moved = PlainNginx(location: "return 301 https://chat.example$request_uri;")
        try await moved.with([node]) { nginx in
            let found = try await Examined.run(nginx.url)
            #expect(found["reach"]?.seen.hasPrefix(#"301: it is elsewhere, "https://chat.example/rooms/"#) == true)
        }
        let page = PlainNginx(location: "default_type text/html; return 200 hello;")
        try await page.with([node]) { nginx in
            let found = try await Examined.run(nginx.url)
            #expect(found["reach"]?.seen == #"something answers, but no gateway: a body of type "text/html""#)
        }
    }

    @Test(
        "Whatever a server sends, the program ends by itself and says what is wrong",
        arguments: [
            ("", "no answer in time"),
            ("\u{1B}[2Jnonsense\r\n\r\n", "the answer is not HTTP"),
            ("HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 100_000))", "the answer is not HTTP"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[", "no answer in time"),
            ("HTTP/1.1 200 OK\r\n\r\n\(String(repeating: "x", count: 5_000_000))", "the answer does not end"),
            ("HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n", "it answers 418"),
        ]
    )
    func hostile(answer: String, seen: String) async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Speaker(text: ByteBuffer(string: answer)))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let found = try await Examined.run("http://127.0.0.1:\(port)", "--wait", "2s")
        try await server.close()
        #expect(found.checks.map(\.seen) == [seen], found.text)
        #expect(found.ending == .exit(1))
    }

    /// Says its piece to whoever asks anything.
    private final class Speaker: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let text: ByteBuffer

        init(text: ByteBuffer) {
            self.text = text
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(wrapOutboundOut(text), promise: nil)
        }
    }
}
