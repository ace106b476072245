import Foundation
import IntegrationSupport
import Testing

extension CommandLineTests {
    /// Tokens and tickets as the program has them.
    struct AuthTests {
        private static let options = ["--auth", "jwt", "--log-level", "trace"]

        /// The status of a stream's answer, and whatever comes until it has ended or is ready.
        private static func stream(_ url: String, _ fields: [String] = []) async throws -> (status: Int, text: String) {
            let child = try await ChildProcess("curl", ["-sSiN", "-m", "20"] + fields.flatMap { ["-H", $0] } + [url])
            try await eventually("the stream is ready or has ended", within: .seconds(15)) {
                child.ending != nil || child.lines(of: .standard).contains { $0.contains("\"node\"") }
            }
            if child.ending != nil { try await eventually("all has come") { child.isDrained } }
            let text = child.text(of: .standard)
            await child.kill()
            guard let status = text.firstMatch(of: /^HTTP\/1.1 (\d+)/).flatMap({ Int($0.output.1) }) else {
                throw Unexpected(child)
            }
            return (status, text)
        }

        private static func ticket(_ node: GatewayProcess, _ token: String) async throws -> String {
            let answer = try await Curl.answer(
                "\(node.url)/tickets",
                ["-X", "POST", "-H", "Authorization: Bearer \(token)"]
            )
            guard let ticket = answer.body.firstMatch(of: /"ticket":"([^"]+)"/) else {
                throw Unexpected("\(answer)")
            }
            return String(ticket.output.1)
        }

        @Test(
            "A ticket, a cookie and a resume token of one node are good on another, with a secret or only Redis in common"
        )
        func tickets() async throws {
            let server = try await RedisServer()
            for (issuer, option) in [(TokenIssuer(), "--jwt-secret-file"), (TokenIssuer.ed25519(), "--jwt-key-file")] {
                let file = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)")
                try Data("\(issuer.published)\n".utf8).write(to: file)
                defer { try? FileManager.default.removeItem(at: file) }
                let source = [option, file.path]
                let nodes = [
                    try await GatewayProcess(Self.options + source, redis: server),
                    try await GatewayProcess(Self.options + source, redis: server),
                ]
                let token = try issuer.token("ann", read: ["a"], write: ["a"])
                let ticket = try await Self.ticket(nodes[0], token)
                let path = "/rooms/a/events?ticket=\(ticket)"
                let first = try await Self.stream(nodes[1].url + path)
                #expect(first.status == 200)
                for node in nodes { #expect(try await Self.stream(node.url + path).status == 401) }
                let cookie = try #require(first.text.firstMatch(of: /Set-Cookie: ([^;]+);/)).output.1
                let resume = try #require(first.text.firstMatch(of: /"resume":"([^"]+)"/)).output.1
                for node in nodes {
                    #expect(try await Self.stream(node.url + path, ["Cookie: \(cookie)"]).status == 200)
                    #expect(try await Self.stream("\(node.url)/rooms/a/events?resume=\(resume)").status == 200)
                }
                let post = ["-H", "Authorization: Bearer \(token)", "-H", "Content-Type: application/json", "-d", "{}"]
                #expect(try await Curl.answer("\(nodes[0].url)/rooms/a/messages", post).status == 201)
                let queryless = try await Curl.answer("\(nodes[0].url)/rooms/a/events?access_token=\(token)x")
                #expect(queryless.status == 401)
                for node in nodes {
                    await node.child.stop()
                    let log = node.child.text(of: .error) + node.child.text(of: .standard)
                    #expect(log.contains("http.path=/rooms/a/events"))
                    for secret in [token, ticket, String(cookie), String(resume), issuer.published] {
                        #expect(!log.contains(secret))
                        // Nor any part that would do.
                        #expect(!log.contains(secret.suffix(20)))
                    }
                }
            }
            await server.kill()
        }

        @Test("While Redis is away a ticket's stream is told to come back, and nobody gets a ticket")
        func away() async throws {
            let issuer = TokenIssuer()
            let server = try await RedisServer()
            let node = try await GatewayProcess(Self.options + ["--jwt-secret", issuer.published], redis: server)
            let token = try issuer.token("ann", read: ["a"])
            let ticket = try await Self.ticket(node, token)
            await server.kill()
            let stream = try await Self.stream("\(node.url)/rooms/a/events?ticket=\(ticket)")
            #expect(stream.status == 200)
            #expect(stream.text.contains(#"data: {"reason":"not-ready","reconnect":true}"#))
            let answer = try await Curl.answer(
                "\(node.url)/tickets",
                ["-X", "POST", "-H", "Authorization: Bearer \(token)"]
            )
            #expect(answer.status == 503 && answer.head.contains("Retry-After: 1"))
            await node.child.kill()
        }

        @Test("While the key server has never answered, tokens are neither good nor bad")
        func noKeys() async throws {
            let issuer = TokenIssuer()
            let url = "http://127.0.0.1:\(try RedisServer.freePort())/jwks.json"
            let node = try await GatewayProcess(Self.options + ["--jwt-jwks", url])
            // Of an algorithm that sets have keys for; nobody looks at the signature.
            let header = TokenIssuer.encode(#"{"alg":"ES256","kid":"k"}"#)
            let token = try "\(header).\(issuer.token("ann").split(separator: ".")[1]).AAAA"
            let stream = try await Self.stream("\(node.url)/rooms/a/events?access_token=\(token)")
            #expect(stream.status == 200)
            #expect(stream.text.contains(#"data: {"reason":"not-ready","reconnect":true}"#))
            let post = [
                "-H", "Authorization: Bearer \(token)", "-H", "Content-Type: application/json", "-d", "{}",
            ]
            let answer = try await Curl.answer("\(node.url)/rooms/a/messages", post)
            #expect(answer.status == 503 && answer.body.contains(#""stored":"no""#))
            try await node.child.line(of: .error) { $0.contains("The key set cannot be had") && $0.contains(url) }
            await node.child.kill()
        }

        @Test("Keys that cannot be used are mistakes before anything is started")
        func mistakes() async throws {
            let missing = "/nonexistent/key.pem"
            for (options, complaint) in [
                (
                    ["--auth", "jwt"],
                    "--auth: tokens need a key: jwt-secret, jwt-secret-file, jwt-key-file or jwt-jwks"
                ),
                (["--auth", "jwt", "--jwt-key-file", missing], "--jwt-key-file: \"\(missing)\" cannot be read"),
                (["--auth", "jwt", "--jwt-jwks", missing], "--jwt-jwks: \"\(missing)\" cannot be read"),
                (["--jwt-secret", "confidential"], "--jwt-secret: what stands there is not at least 32 bytes"),
                (["--jwt-jwks", "ftp://confidential"], "--jwt-jwks: what stands there is not a URL that begins with"),
                (["--anonymous-read", "a/b"], "--anonymous-read: \"a/b\" is not a room, with * for any text"),
                (["--auth-cookie", "a=b"], "--auth-cookie: \"a=b\" is not 1 to 64 letters"),
                (["--auth", "maybe"], "--auth: \"maybe\" is not one of open, jwt"),
            ] {
                for command in ["serve", "check-config"] {
                    let child = try await Program.start([command, "--port", "0", "--ops-port", "0"] + options)
                    let run = try await Program.end(of: child)
                    #expect(run.ending == .exit(1))
                    #expect(run.errors.count == 1)
                    #expect(run.errors.first?.hasPrefix("chat-gateway: \(complaint)") == true, "\(run.errors)")
                    #expect(!run.errors.joined().contains("confidential"))
                }
            }
        }

        @Test("check-config shows no secret, and warns of keys without --auth jwt")
        func checkConfig() async throws {
            let secret = "confidential confidential confidential"
            let run = try await Program.run(
                "check-config",
                "--jwt-secret",
                secret,
                environment: ["CHAT_GATEWAY_JWT_JWKS": "https://user:confidential@keys.example/k?x=confidential"]
            )
            #expect(run.ending == .exit(0))
            #expect(!(run.output + run.errors).joined().contains("confidential"))
            #expect(run.output.joined().contains(#""jwt-secret": {"value": "(not shown)", "source": "--jwt-secret"}"#))
            #expect(run.output.joined().contains("https://keys.example/k"))
            #expect(run.errors.count == 1 && run.errors[0].contains("without --auth jwt it has no effect"))
        }
    }
}
