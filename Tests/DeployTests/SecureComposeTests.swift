import Foundation
import IntegrationSupport
import Testing
import Yams

/// Whether what the overrides of docker-compose.yml name is there, and nginx's file with TLS does what it should.
@Suite(.serialized) struct SecureComposeTests {
    private let base: Compose

    init() throws {
        base = try YAMLDecoder().decode(Compose.self, from: Checkout.text("docker-compose.yml"))
    }

    private func override(_ name: String) throws -> Node {
        try #require(try Yams.compose(yaml: Checkout.text("deploy/compose.\(name).yml")))
    }

    private func texts(_ node: Node?) -> [String] {
        node?.array().compactMap(\.string) ?? []
    }

    @Test func `the override for TLS and nginx's file name the same ports and files`() throws {
        let nginx = try #require(override("tls")["services"]?["nginx"])
        let site = try Checkout.text("deploy/nginx/site.compose.tls.conf")
        let secure = try #require(site.firstMatch(of: #/listen (\d+) ssl /#)).output.1
        #expect(texts(nginx["ports"]) == ["${HTTPS_PORT:-8443}:\(secure)"])
        let plain = try #require(site.firstMatch(of: #/listen (\d+) backlog/#)).output.1
        #expect(try #require(base.services["nginx"]).ports == ["${HTTP_PORT:-8080}:\(plain)"])
        let mounts = texts(nginx["volumes"])
        #expect(mounts.contains("./deploy/nginx/site.compose.tls.conf:/etc/nginx/site.conf:ro"))
        #expect(mounts.contains { $0.hasPrefix("${TLS_FOLDER:?") && $0.hasSuffix("}:/etc/nginx/tls:ro") })
        for file in ["fullchain.pem", "privkey.pem"] { #expect(site.contains(" /etc/nginx/tls/\(file);")) }
    }

    @Test func `with and without TLS the nodes are found in the same way`() throws {
        let (plain, secure) = (
            try Checkout.text("deploy/nginx/site.compose.conf"), try Checkout.text("deploy/nginx/site.compose.tls.conf")
        )
        for line in plain.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(secure.contains(line), "\(line)")
        }
    }

    @Test func `nginx gives streams and POSTs over HTTP 2, and sends plain HTTP there`() async throws {
        let authority = try await TestAuthority()
        let pair = try await authority.issue("nginx")
        let node = try await GatewayProcess()
        let said = try await ChildProcess(NginxFolder.program, ["-v"])
        let version = try await said.line(of: .error) { $0.contains("nginx/") }
        let numbers = try #require(version.firstMatch(of: #/nginx/(\d+)\.(\d+)\.(\d+)/#)).output
        let isOld = [numbers.1, numbers.2, numbers.3].compactMap { Int($0) }.lexicographicallyPrecedes([1, 25, 1])
        var secure = 0
        let nginx = try await NginxServer { port, folder in
            secure = try RedisServer.freePort()
            var site = try folder.movedHere(Checkout.text("deploy/nginx/site.compose.tls.conf"))
                .replacing("listen 8443 ssl", with: "listen 127.0.0.1:\(secure) ssl\(isOld ? " http2" : "")")
                .replacing("listen 8080", with: "listen 127.0.0.1:\(port)")
                .replacing("/etc/nginx/tls/fullchain.pem", with: pair.certificate)
                .replacing("/etc/nginx/tls/privkey.pem", with: pair.key)
                .replacing("gateway:8080", with: "127.0.0.1:\(try node.port)")
            // Before 1.25.1 it is a word of `listen`.
            if isOld { site = site.replacing("http2 on;", with: "") }
            return site
        }
        let url = "https://localhost:\(secure)"
        let trust = ["--http2", "--cacert", authority.certificate]
        let listeners = [
            try await Listener(url + "/rooms/hall/events", ["-i"] + trust),
            try await Listener(url + "/events?room=hall&room=kitchen", ["-i"] + trust),
        ]
        for listener in listeners { try await listener.line(with: "HTTP/2 200") }
        let json = ["-H", "Content-Type: application/json", "-d", #"{"text":"by TLS"}"#]
        let answer = try await Curl.answer(url + "/rooms/hall/messages", trust + json)
        #expect(answer.status == 201 && answer.head.hasPrefix("HTTP/2 "))
        for listener in listeners {
            try await listener.line(with: answer.body)
            #expect(listener.isOpen)
        }

        let redirect = try await Curl.answer(nginx.url + "/rooms/hall/messages?limit=1", json)
        #expect(redirect.status == 308)
        #expect(redirect.head.hasSuffix("Location: https://127.0.0.1:8443/rooms/hall/messages?limit=1"))
        let usual = try await Curl.answer(nginx.url + "/x", ["-H", "Host: chat.example"])
        #expect(usual.head.hasSuffix("Location: https://chat.example/x"))
        #expect(try await Curl.status(nginx.url + "/nginx-health") == 204)
        for listener in listeners { await listener.close() }
        await nginx.stop()
        await node.child.kill()
    }

    @Test func `the override for a password names files that the script makes, where programs read them`() throws {
        let root = try override("password")
        let redis = try #require(root["services"]?["redis"])
        let command = texts(redis["command"])
        let plain = try #require(base.services["redis"]?.command)
        #expect(command.starts(with: plain))
        #expect(command.dropFirst(plain.count) == ["--aclfile", "/run/secrets/redis-users"])
        #expect(texts(redis["secrets"]) == ["redis-users"])
        let gateway = try #require(root["services"]?["gateway"])
        #expect(texts(gateway["secrets"]) == ["redis-url"])
        // Two URLs would be a mistake: the one without a password has to go.
        #expect(try #require(base.services["gateway"]?.environment).keys.contains("CHAT_GATEWAY_REDIS"))
        #expect(gateway["environment"]?["CHAT_GATEWAY_REDIS"]?.tag.description == "!reset")
        #expect(gateway["environment"]?["CHAT_GATEWAY_REDIS_FILE"]?.string == "/run/secrets/redis-url")
        #expect(root["secrets"]?["redis-users"]?["file"]?.string?.hasSuffix("}/users.acl") == true)
        #expect(root["secrets"]?["redis-url"]?["file"]?.string?.hasSuffix("}/url") == true)
    }
}
