import Foundation
import IntegrationSupport
import Testing

/// Whether the rights that deploy/redis/users gives the gateway are all that it needs, and no more.
@Suite(.serialized) struct RedisUsersTests {
    /// A folder that the script has filled.
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appending(path: "users-\(UUID().uuidString)")

        init(_ arguments: String...) async throws {
            let script = Checkout.root.appending(path: "deploy/redis/users").path
            _ = try await ChildProcess.output(of: script, [url.path] + arguments)
        }

        deinit { try? FileManager.default.removeItem(at: url) }

        func text(_ name: String) throws -> String {
            try String(contentsOf: url.appending(path: name), encoding: .utf8)
        }

        func write(_ text: String, as name: String) throws {
            try Data(text.utf8).write(to: url.appending(path: name))
        }
    }

    @Test func `it permits the commands that the sources send and call, one by one`() async throws {
        let folder = try await Folder()
        let sources = Checkout.root.appending(path: "Sources/ChatGatewayRedis")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var used: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /redis\.p?call\('([A-Z]+)'/) { used.insert(match.output.1.lowercased()) }
            // No call whose command is a variable: nobody could tell which one.
            #expect(!text.contains(/redis\.p?call\([^'.]/), "\(file.lastPathComponent)")
            for match in text.matches(of: /Command\("([A-Z]+)"(?:, "([A-Z]+)")?/) {
                let words = [match.output.1] + (match.output.2.map { [$0] } ?? [])
                used.insert(words.joined(separator: "|").lowercased())
            }
        }
        // Everybody may say who he is.
        used.remove("auth")
        let rule = try #require(folder.text("users.acl").split(separator: "\n").last)
        let permitted = rule.split(separator: " ").filter { $0.hasPrefix("+") }.map { String($0.dropFirst()) }
        #expect(permitted.count == Set(permitted).count)
        #expect(Set(permitted).subtracting(used).sorted() == [])
        #expect(used.subtracting(permitted).sorted() == [])
        #expect(rule.contains(" resetkeys ~cg:* resetchannels &cg:* -@all "))
    }

    @Test func `the files say what compose expects, are nobody else's, and a second run leaves them`() async throws {
        let folder = try await Folder()
        #expect(try folder.text("url").contains(/^redis:\/\/gateway:[0-9a-f]{64}@redis:6379\/0\n$/))
        #expect(try !folder.text("users.acl").contains(folder.text("url").dropFirst(16).prefix(64)))
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.url.path)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
        let before = try folder.text("users.acl")
        let script = Checkout.root.appending(path: "deploy/redis/users").path
        let second = try await ChildProcess(script, [folder.url.path])
        #expect(try await second.end() == .exit(1))
        #expect(try folder.text("users.acl") == before)
        let pattern = try await ChildProcess(script, [folder.url.path + "/other", "redis:6379/0", "c*"])
        #expect(try await pattern.end() == .exit(1))
    }

    @Test func `with these rights everything that a gateway does works, and Redis denies nothing`() async throws {
        let folder = try await Folder("place:1/3")
        // For the test's own questions.
        try folder.write(try folder.text("users.acl") + "user operator on >operator ~* &* +@all\n", as: "users.acl")
        var options = RedisServer.Options()
        options.more = ["--aclfile", folder.url.appending(path: "users.acl").path]
        try await RedisServer.with(options) { redis in
            let url = try folder.text("url").replacing("place:1", with: "127.0.0.1:\(redis.port)")
            try folder.write(url, as: "url")
            let issuer = TokenIssuer.ed25519()
            try folder.write(issuer.published, as: "key.pem")
            let arguments = [
                "--redis-file", folder.url.appending(path: "url").path, "--auth", "jwt", "--jwt-key-file",
                folder.url.appending(path: "key.pem").path, "--presence", "on", "--message-rate-per-user", "1000",
                "--linger", "1s",
            ]
            let nodes = [try await GatewayProcess(arguments), try await GatewayProcess(arguments)]
            try await use(nodes, issuer)
            let operators = ["--user", "operator", "--pass", "operator"]
            func command(_ words: [String]) async throws -> String {
                let place = ["-h", "127.0.0.1", "-p", "\(redis.port)", "--no-auth-warning"]
                return try await ChildProcess.output(of: "redis-cli", place + words)
            }
            try await eventually("a room that nobody hears any more is given up") {
                try await command(operators + ["INFO", "commandstats"]).contains("cmdstat_unsubscribe:")
            }
            #expect(try await command(operators + ["ACL", "LOG"]) == "\n")

            let password = try #require(url.firstMatch(of: /:([0-9a-f]{64})@/)).output.1
            let gateway = ["--user", "gateway", "--pass", String(password)]
            for (denied, reason) in [
                ("KEYS *", "NOPERM"), ("GET other", "NOPERM"), ("PUBLISH other x", "NOPERM"), ("FLUSHALL", "NOPERM"),
                ("CONFIG GET *", "NOPERM"), ("SCRIPT FLUSH", "NOPERM"), ("ACL LIST", "NOPERM"),
                ("EVAL return(redis.call('KEYS','*')) 0", "can't run this command"),
                ("EVAL return(redis.call('GET','other')) 0", "can't access at least one of the keys"),
                ("EVAL return(redis.call('PUBLISH','other','x')) 0", "can't publish to the channel"),
            ] {
                let said = try await command(gateway + denied.split(separator: " ").map(String.init))
                #expect(said.contains(reason), "\(denied): \(said)")
            }
            for words in [["PING"], ["GET", "cg:3:{0}:1:state"], ["AUTH", "default", "x"]] {
                let said = try await command(words)
                #expect(said.contains("NOAUTH") || said.contains("WRONGPASS"), "\(words): \(said)")
            }
            let health = ["--user", "health", "--pass", "any"]
            #expect(try await command(health + ["PING"]) == "PONG\n")
            #expect(try await command(health + ["GET", "cg:3:{0}:1:state"]).contains("NOPERM"))
            for node in nodes { await node.child.kill() }
        }
    }

    @Test func `what was stored with these rights is there after Redis was restarted`() async throws {
        let folder = try await Folder("place:1/0")
        var options = RedisServer.Options()
        options.appendOnly = true
        options.more = ["--aclfile", folder.url.appending(path: "users.acl").path]
        try await RedisServer.with(options) { redis in
            try folder.write(try folder.text("url").replacing("place:1", with: "127.0.0.1:\(redis.port)"), as: "url")
            let node = try await GatewayProcess(["--redis-file", folder.url.appending(path: "url").path])
            let listener = try await Listener(node.url + "/rooms/hall/events")
            #expect(try await Curl.post(#"{"text":"before"}"#, to: node.url + "/rooms/hall/messages").status == 201)
            try await listener.line(with: #""text":"before""#)
            await redis.stop()
            try await redis.start()
            try await eventually("messages are taken again", within: .seconds(20)) {
                try await Curl.post(#"{"text":"after"}"#, to: node.url + "/rooms/hall/messages").status == 201
            }
            try await listener.line(with: #""text":"after""#)
            let page = try await Curl.answer(node.url + "/rooms/hall/messages?limit=10")
            #expect(page.body.contains(#""text":"before""#))
            #expect(!redis.log.contains("NOPERM"), "\(redis.log)")
            await listener.close()
            await node.child.kill()
        }
    }

    /// Does with two nodes whatever makes them ask Redis for something.
    private func use(_ nodes: [GatewayProcess], _ issuer: TokenIssuer) async throws {
        let token = try issuer.token("ann", read: ["*"], write: ["*"])
        let shown = ["-H", "Authorization: Bearer \(token)"]
        func request(_ node: GatewayProcess, _ path: String, _ json: String? = nil) async throws -> Curl.Answer {
            let body = json.map { ["-H", "Content-Type: application/json", "-d", $0] } ?? []
            return try await Curl.answer(node.url + path, shown + body)
        }
        let listeners = [
            try await Listener(nodes[0].url + "/rooms/hall/events", shown),
            try await Listener(nodes[1].url + "/events?room=hall&room=kitchen", shown),
        ]
        for status in [201, 200] {
            let answer = try await request(nodes[0], "/rooms/hall/messages", #"{"id":"m1","text":"one"}"#)
            #expect(answer.status == status)
        }
        for listener in listeners { try await listener.line(with: #""text":"one""#) }
        let page = try await request(nodes[1], "/rooms/hall/messages?limit=10")
        let cursor = try #require(page.body.firstMatch(of: /"last":"([^"]+)"/)).output.1
        #expect(try await request(nodes[0], "/rooms/hall/messages", #"{"text":"two"}"#).status == 201)
        let newer = try await request(nodes[1], "/rooms/hall/messages?after=\(cursor)")
        #expect(newer.status == 200 && newer.body.contains(#""text":"two""#))
        let resumed = try await Listener(
            nodes[1].url + "/rooms/hall/events",
            shown + ["-H", "Last-Event-ID: \(cursor)"]
        )
        try await resumed.line(with: #""text":"two""#)
        #expect(try await request(nodes[1], "/rooms/hall/typing", "{}").status == 202)
        try await listeners[0].line(with: "event: typing")
        try await eventually("all nodes know who is there") {
            try await request(nodes[0], "/rooms/hall/presence").body.contains(#"{"streams":3,"#)
        }
        let ticket = try await request(nodes[0], "/tickets", "{}")
        let name = try #require(ticket.body.firstMatch(of: /"ticket":"([^"]+)"/)).output.1
        let ticketed = try await Listener(nodes[1].url + "/rooms/hall/events?ticket=\(name)")
        for (bar, status) in [("1h", 403), ("0s", 201)] {
            let order = try await Curl.post(
                #"{"user":"ann","bar":"\#(bar)"}"#,
                to: try await nodes[0].opsURL + "/admin/disconnect"
            )
            #expect(order.body == #"{"nodes":2}"#)
            try await eventually("the order is carried out") {
                try await request(nodes[1], "/rooms/hall/messages", "{}").status == status
            }
        }
        for listener in listeners + [resumed, ticketed] { try await listener.end() }
    }
}
