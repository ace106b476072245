import IntegrationSupport
import Testing

/// The program where nothing is wrong: no false alarm.
@Suite(.serialized) struct SoundWayTests {
    @Test func `before our own nginx and three nodes all is well`() async throws {
        try await Cluster.with { cluster in
            let found = try await Examined.run(cluster.nginx.url, "--wait", "20s", "--idle", "2s")
            #expect(found.checks.count == 13 && found.names("ok").count == 12, found.text)
            #expect(found.names("not checked") == ["cors"])
            #expect(found["nodes"]?.seen == #"3 nodes, "a" and "b" and "c", get each other's messages"#)
            #expect(found["resume"]?.seen == "a stream goes on on other nodes too, with the 4 messages it had not seen")
            #expect(found.output.last == "\(cluster.nginx.url): no problems, no warnings")
            #expect(found.ending == .exit(0))
        }
    }

    @Test func `before an nginx without any setting, under a path, silence is broken by heartbeats`() async throws {
        let origin = "https://chat.example"
        let node = try await GatewayProcess(["--node", "only", "--heartbeat", "1s", "--cors-origin", origin])
        try await PlainNginx(path: "/talk/")
            .with([node]) { nginx in
                let url = nginx.url + "/talk"
                let found = try await Examined.run(url, "--wait", "20s", "--idle", "3s", "--origin", origin)
                #expect(found.checks.count == 13 && found.names("ok").count == 13, found.text)
                #expect(found["nodes"]?.seen.hasPrefix(#"one node, "only", answered all 8 streams"#) == true)
                #expect(found["cors"]?.seen == "pages of \(origin) may listen and post")
                #expect(found["http-version"]?.seen.hasPrefix("HTTP/1.1: a browser has six streams") == true)
                #expect(found.ending == .exit(0))
            }
    }

    @Test func `over TLS it is HTTP/2, and a certificate that nobody trusts is named`() async throws {
        let authority = try await TestAuthority()
        let port = try RedisServer.freePort()
        let node = try await GatewayProcess()
        let nginx = PlainNginx(certificate: try await authority.issue("nginx"), securePort: port)
        try await nginx.with([node]) { _ in
            let url = "https://localhost:\(port)"
            let found = try await Examined.run(url, "--ca", authority.certificate, "--wait", "20s", "--idle", "1s")
            #expect(found.names("ok").count == 12, found.text)
            #expect(found["http-version"]?.seen == "HTTP/2: tabs do not wait for each other")
            let stranger = try await Examined.run(url)
            #expect(stranger.checks.map(\.name) == ["reach"], stranger.text)
            #expect(stranger["reach"]?.seen == "the certificate is not trusted")
            let plain = try await Examined.run("http://localhost:\(port)")
            #expect(plain["reach"]?.outcome == "problem", plain.text)
        }
    }

    @Test func `a gateway with tokens is examined with one, and asked for where there is none`() async throws {
        let issuer = TokenIssuer()
        let node = try await GatewayProcess(["--auth", "jwt", "--jwt-secret", issuer.published])
        let without = try await Examined.run(node.url)
        #expect(without.checks.map(\.name) == ["reach"] && without.ending == .exit(1), without.text)
        #expect(without["reach"]?.seen.hasPrefix("it wants a token") == true)
        let token = try issuer.token("ann", read: ["hall"], write: ["hall"])
        let options = ["--room", "hall", "--token", token]
        let with = try await Examined.run(node.url, options[0], options[1], options[2], options[3], "--idle", "1s")
        #expect(with.names("ok").count == 12, with.text)
        #expect(!with.output.contains { $0.contains(token) })
    }

    @Test func `a limit of streams for each address is named, and the rest is examined`() async throws {
        let node = try await GatewayProcess(["--max-streams-per-address", "3"])
        let found = try await Examined.run(node.url, "--idle", "1s")
        #expect(found.names("problem") == [] && found.names("warning") == ["streams"], found.text)
        #expect(found["streams"]?.seen.contains(#"were refused: "limited""#) == true)
        #expect(found["streams"]?.nginx == ["proxy_set_header X-Forwarded-For $remote_addr;"])
        #expect(found.ending == .exit(0))
    }
}
