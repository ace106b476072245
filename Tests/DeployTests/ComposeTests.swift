import ChatGateway
import Foundation
import IntegrationSupport
import Testing
import Yams

/// Whether docker-compose.yml, the Dockerfile, nginx's files and the program agree.
@Suite struct ComposeTests {
    private let compose: Compose
    private let dockerfile: String

    init() throws {
        compose = try YAMLDecoder().decode(Compose.self, from: Checkout.text("docker-compose.yml"))
        dockerfile = try Checkout.text("deploy/Dockerfile")
    }

    private func service(_ name: String) throws -> Compose.Service {
        try #require(compose.services[name])
    }

    @Test func `nginx, the image and the program name the same ports`() throws {
        let site = try Checkout.text("deploy/nginx/site.compose.conf")
        let gateway = try #require(site.firstMatch(of: /set \$gateway ([\w-]+):(\d+);/)).output
        #expect(compose.services.keys.contains(String(gateway.1)))
        #expect(dockerfile.contains("EXPOSE \(gateway.2)\n"))
        #expect(Int(gateway.2) == GatewayConfiguration().port)
        let listen = try #require(site.firstMatch(of: #/listen (\d+) /#)).output.1
        #expect(try service("nginx").ports == ["${HTTP_PORT:-8080}:\(listen)"])
        let check = try #require(service("nginx").healthcheck).test.joined(separator: " ")
        let health = try #require(check.firstMatch(of: /http:\/\/127\.0\.0\.1:(\d+)(\/\S+)/)).output
        #expect(health.1 == listen)
        #expect(try Checkout.text("deploy/nginx/gateway.conf").contains("location = \(health.2) {"))
    }

    @Test func `the nodes are told where Redis is, in variables that the program knows`() async throws {
        var variables = try #require(service("gateway").environment)
        for match in dockerfile.matches(of: /(?m)^ENV (\w+)=(\S+)$/) {
            variables[String(match.output.1)] = String(match.output.2)
        }
        let url = try #require(variables["CHAT_GATEWAY_REDIS"].flatMap { URL(string: $0) })
        #expect(compose.services.keys.contains(try #require(url.host())))
        #expect(variables["CHAT_GATEWAY_HOST"] == "0.0.0.0")
        let child = try await ChildProcess(
            try GatewayProcess.program(),
            ["check-config"],
            environment: variables.mapValues { $0.replacing(/\$\{\w+:-([^}]*)\}/) { $0.output.1 } }
        )
        #expect(try await child.end() == .exit(0))
        // The report names the source of each value: the program has read them all.
        try await child.line(of: .standard) { $0 == "}" }
        for name in variables.keys { #expect(child.text(of: .standard).contains(name)) }
        #expect(child.text(of: .error) == "")
    }

    @Test func `clients are limited by their addresses, which only nginx can tell`() throws {
        let variables = try #require(service("gateway").environment)
        #expect(variables["CHAT_GATEWAY_MAX_STREAMS_PER_ADDRESS"] == "${STREAMS_PER_ADDRESS:-200}")
        #expect(variables["CHAT_GATEWAY_MAX_STREAMS_PER_USER"] == "${STREAMS_PER_USER:-50}")
        #expect(variables["CHAT_GATEWAY_TRUSTED_PROXY"] != nil)
        // Else whoever comes with a header of his own could be anybody.
        let routes = try Checkout.text("deploy/nginx/gateway.conf")
        #expect(routes.contains("proxy_set_header X-Forwarded-For $remote_addr;\n"))
        #expect(try service("gateway").ports == nil)
    }

    @Test func `a node has time for its drain before it is killed`() throws {
        let grace = try #require(service("gateway").stopGracePeriod?.firstMatch(of: /^(\d+)s$/)).output.1
        #expect(try .seconds(#require(Int(grace))) > GatewayConfiguration().drain)
    }

    @Test func `there are three nodes, and the file of nginx's places is the one it includes`() throws {
        #expect(try service("gateway").deploy?.replicas == 3)
        let mounts = try #require(service("nginx").volumes)
        #expect(mounts.contains("./deploy/nginx/site.compose.conf:/etc/nginx/site.conf:ro"))
        for mount in compose.services.values.flatMap({ $0.volumes ?? [] }) where mount.hasPrefix("./") {
            let path = try #require(mount.split(separator: ":").first).dropFirst(2)
            #expect(throws: Never.self) { try Checkout.text(String(path)) }
        }
    }

    @Test(arguments: ["redis", "gateway", "nginx"])
    func `every container restarts, is checked, and has no more rights than it needs`(name: String) throws {
        let service = try service(name)
        #expect(service.restart == "unless-stopped")
        #expect(service.readOnly == true)
        #expect(service.capDrop == ["ALL"])
        #expect(service.securityOptions == ["no-new-privileges:true"])
        if service.build == nil {
            #expect(service.healthcheck != nil)
            let user = try #require(service.user)
            #expect(user != "root")
        } else {
            #expect(dockerfile.contains(/(?m)^HEALTHCHECK .*CMD \["chat-gateway", "healthcheck"\]$/))
            #expect(dockerfile.contains(/(?m)^USER (?!root)\w+$/))
        }
    }

    @Test(arguments: ["gateway", "nginx"])
    func `who holds streams has its descriptors from one variable`(name: String) throws {
        #expect(try service(name).limits?["nofile"] == "${NOFILE:-65536}")
    }

    @Test func `Redis keeps what it took, also when it is full`() async throws {
        let mount = try #require(service("redis").volumes?.first { $0.hasPrefix("./deploy/redis/redis.conf:") })
        let path = try #require(mount.split(separator: ":").dropFirst().first)
        #expect(try service("redis").command?.contains(String(path)) == true)
        var options = RedisServer.Options()
        options.more = []
        let settings = try Checkout.text("deploy/redis/redis.conf").split(separator: "\n")
            .filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: " ").map { $0 == "\"\"" ? "" : String($0) } }
        for setting in settings {
            options.more += ["--" + (setting.first ?? "")] + setting.dropFirst()
        }
        try await RedisServer.with(options) { redis in
            let appends = try await redis.command("CONFIG", "GET", "appendonly")
            #expect(appends.hasSuffix("yes"))
            let policy = try await redis.command("CONFIG", "GET", "maxmemory-policy")
            #expect(policy.hasSuffix("noeviction"))
        }
    }
}
