import Foundation
import IntegrationSupport
import Testing

extension CommandLineTests {
    /// The public listener with TLS.
    struct TLSTests {
        /// Runs a test with a node whose certificate is from an authority of the test's own.
        private func withNode(
            _ options: [String] = [],
            _ body: (GatewayProcess, TestAuthority, TestAuthority.Pair) async throws -> Void
        ) async throws {
            let authority = try await TestAuthority()
            let pair = try await authority.issue("node")
            let node = try await GatewayProcess(
                ["--tls-cert", pair.certificate, "--tls-key", pair.key, "--drain", "200ms"] + options
            )
            try await body(node, authority, pair)
            #expect(await node.child.stop() == .exit(0))
        }

        /// Opens a stream and takes its `ready`.
        private func stream(_ connection: RawConnection, _ target: String = "/chat") async throws {
            try await connection.request("GET", target)
            #expect(try await connection.head()["content-type"] == "text/event-stream")
            #expect(try await connection.event().event == "ready")
        }

        @Test("Requests and streams go through TLS, and the line on stdout says https")
        func works() async throws {
            try await withNode { node, authority, _ in
                #expect(node.url.hasPrefix("https://127.0.0.1:"))
                let trust = ["--cacert", authority.certificate]
                let json = ["-H", "Content-Type: application/json", "--data-binary", #"{"text":"one"}"#]
                #expect(try await Curl.answer("\(node.url)/chat", trust + json).status == 201)
                let page = try await Curl.answer("\(node.url)/", trust + ["--http2"])
                #expect(page.status == 200 && page.head.hasPrefix("HTTP/1.1 "))
                let connection = try await RawConnection(port: node.port, authority: authority)
                try await stream(connection, "/chat?history=1")
                #expect(try await connection.event().data.contains(#""text":"one""#))
                // The stream's connection has served a request before.
                let used = try await RawConnection(port: node.port, authority: authority)
                try await used.post("/chat", #"{"text":"two"}"#)
                #expect(try await used.answer().status == 201)
                #expect(try await connection.event().data.contains(#""text":"two""#))
                try await stream(used)
                await connection.close()
            }
        }

        @Test("Who speaks plain HTTP to a TLS port, or breaks its greeting off, is closed, and the others go on")
        func plain() async throws {
            try await withNode(["--head-timeout", "1s"]) { node, authority, _ in
                let listener = try await RawConnection(port: node.port, authority: authority)
                try await stream(listener)
                for greeting in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\u{16}\u{3}\u{1}", ""] {
                    let connection = try await RawConnection(port: node.port)
                    if !greeting.isEmpty { try await connection.send(greeting) }
                    #expect(try await connection.end().contains("HTTP/") == false)
                    await connection.close()
                }
                let other = try await RawConnection(port: node.port, authority: authority)
                try await other.post("/chat", #"{"text":"still here"}"#)
                #expect(try await other.answer().status == 201)
                #expect(try await listener.event().data.contains("still here"))
            }
        }

        @Test("A node that stops says bye, then ends TLS in order")
        func bye() async throws {
            try await withNode { node, authority, _ in
                let connection = try await RawConnection(port: node.port, authority: authority)
                try await stream(connection)
                node.child.signal(SIGTERM)
                #expect(try await connection.event().event == "bye")
                // A connection without TLS's own end would count as broken off.
                #expect(try await connection.end() == "")
                // Stays open on our side: the node does not wait for us.
                #expect(try await node.child.end() == .exit(0))
            }
        }

        @Test("A client that leaves is gone, whether it ends TLS or just its connection")
        func departure() async throws {
            try await withNode(["--max-streams", "1"]) { node, authority, _ in
                for isPolite in [true, false, true] {
                    try await eventually("the place is free") {
                        let connection = try await RawConnection(port: node.port, authority: authority)
                        try await connection.request("GET", "/chat")
                        _ = try await connection.head()
                        let isReady = try await connection.event().event == "ready"
                        if isPolite { try await connection.finish() } else { try await connection.reset() }
                        return isReady
                    }
                }
            }
        }

        @Test("All that a client sent before it ended its side is answered")
        func halfClosed() async throws {
            try await withNode { node, authority, _ in
                let connection = try await RawConnection(port: node.port, authority: authority)
                let posts = [1, 2].map { RawConnection.post("/chat", "{\"n\":\($0)}") }
                try await connection.send(posts.joined())
                try await connection.finish()
                #expect(try await connection.answer().body.contains("\"n\":1"))
                #expect(try await connection.answer().body.contains("\"n\":2"))
                #expect(try await connection.end() == "")
            }
        }

        @Test("A reader that stands still and goes on gets every message once, in order")
        func slowReader() async throws {
            try await withNode { node, authority, _ in
                let file = FileManager.default.temporaryDirectory.appending(path: "stream-\(UUID().uuidString)")
                defer { try? FileManager.default.removeItem(at: file) }
                let curl = try await ChildProcess(
                    "curl",
                    ["-sN", "--cacert", authority.certificate, "-o", file.path, "\(node.url)/chat"]
                )
                let text = { try String(contentsOf: file, encoding: .utf8) }
                try await eventually("the stream is open") { (try? text().contains("event: ready")) == true }
                curl.signal(SIGSTOP)
                let filler = String(repeating: "x", count: 60_000)
                let poster = try await RawConnection(port: node.port, authority: authority)
                // More than sockets and the node's own 64 KiB take: the stream stops and has to go on by itself.
                let count = 200
                for number in 0..<count {
                    try await poster.post("/chat", "{\"number\":\(number),\"text\":\"\(filler)\"}")
                    #expect(try await poster.answer().status == 201)
                }
                curl.signal(SIGCONT)
                try await eventually("the last message is there", within: .seconds(30)) {
                    try text().contains("\"number\":\(count - 1),")
                }
                let numbers = try text().matches(of: /"number":(\d+),/).compactMap { Int($0.output.1) }
                #expect(numbers == Array(0..<count))
                #expect(try !text().contains("event: gap"))
                await curl.kill()
            }
        }

        @Test("SIGHUP has new connections see the new certificate, and open streams go on")
        func reload() async throws {
            try await withNode { node, authority, pair in
                let old = try await RawConnection(port: node.port, authority: authority)
                try await stream(old)
                let other = try await TestAuthority()
                let next = try await other.issue("next")
                try replace(pair.certificate, with: Data(contentsOf: URL(filePath: next.certificate)))
                try replace(pair.key, with: Data(contentsOf: URL(filePath: next.key)))
                node.child.signal(SIGHUP)
                try await node.child.line(of: .error) { $0.contains("certificate read again") }
                let new = try await RawConnection(port: node.port, authority: other)
                try await stream(new)

                // Now one that cannot be used: what was there stays.
                try replace(pair.key, with: Data("no key".utf8))
                node.child.signal(SIGHUP)
                let line = try await node.child.line(of: .error) { $0.contains("the certificate stays as it was") }
                #expect(line.contains(pair.key) && !line.contains("no key"))
                let poster = try await RawConnection(port: node.port, authority: other)
                try await poster.post("/chat", #"{"text":"to all"}"#)
                #expect(try await poster.answer().status == 201)
                for connection in [old, new] { #expect(try await connection.event().data.contains("to all")) }
                let errors = node.child.lines(of: .error).filter { $0.contains(" error ") }
                #expect(errors.count == 1, "\(errors)")
            }
        }

        private func replace(_ path: String, with data: Data) throws {
            try data.write(to: URL(filePath: path), options: .atomic)
        }

        @Test("Files that cannot be used are one line that names them, in serve and in check-config")
        func mistakes() async throws {
            let authority = try await TestAuthority()
            let (one, other) = (try await authority.issue("one"), try await authority.issue("other"))
            let cases = [
                (["--tls-cert", "/no/such.pem"], "no certificate can be read from /no/such.pem"),
                (["--tls-cert", one.key], "no certificate can be read from \(one.key)"),
                (["--tls-cert", one.certificate], "no private key without a passphrase can be read from"),
                (["--tls-cert", one.certificate, "--tls-key", other.key], "does not belong to the certificate in"),
                (["--tls-key", one.key], "a key is of no use without tls-cert"),
                (["--redis-ca", one.certificate], "without a Redis whose URL begins with rediss://"),
                (["--redis", "rediss://a", "--redis-ca", "/no/such.pem"], "no certificate can be read from /no/such"),
            ]
            for (flags, complaint) in cases {
                for command in ["serve", "check-config"] {
                    let child = try await Program.start([command, "--port", "0", "--ops-port", "0"] + flags)
                    let run = try await Program.end(of: child)
                    #expect(run.ending == .exit(1) && run.output == [])
                    #expect(run.errors.count == 1 && run.errors[0].contains(complaint), "\(flags): \(run.errors)")
                }
            }
        }
    }
}
