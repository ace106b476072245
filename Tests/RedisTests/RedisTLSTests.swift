import ChatGateway
import Foundation
import IntegrationSupport
import Logging
import Testing

@testable import ChatGatewayRedis

/// Links to a Redis that speaks TLS.
@Suite struct RedisTLSTests {
    /// A Redis with a port for TLS beside its plain one, which wants its clients' certificates.
    private struct Stage {
        let authority: TestAuthority
        let node: TestAuthority.Pair
        let redis: RedisServer
        let port: Int

        init(names: [String] = ["DNS:localhost", "IP:127.0.0.1"]) async throws {
            authority = try await TestAuthority()
            node = try await authority.issue("node")
            let server = try await authority.issue("redis", for: names)
            port = try RedisServer.freePort()
            var options = RedisServer.Options()
            options.password = "secret"
            options.more = [
                "--tls-port", "\(port)", "--tls-cert-file", server.certificate, "--tls-key-file", server.key,
                "--tls-ca-cert-file", authority.certificate, "--tls-auth-clients", "yes",
            ]
            redis = try await RedisServer(options)
        }

        func url(host: String = "127.0.0.1", port: Int? = nil) -> String {
            "rediss://:secret@\(host):\(port ?? self.port)/3"
        }

        func tls(_ authorities: String? = nil) throws -> RedisTLS {
            try RedisTLS(
                .init(
                    authorities: authorities ?? authority.certificate,
                    certificate: node.certificate,
                    key: node.key
                )
            )
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func nodesHearEachOtherThroughTLSAndOverCutLinks(host: String) async throws {
        let stage = try await Stage()
        try await BrokerRig.with(2, on: stage.redis, url: stage.url(host: host), tls: try stage.tls()) { nodes in
            let room = try Room.of("a")
            for node in nodes { try await node.listen(to: room) }
            try await nodes[0].insist("one", to: room)
            let stalls = nodes.map(\.sink.record.stalls)
            try await stage.redis.command("CLIENT", "KILL", "TYPE", "pubsub")
            try await eventually("the links have fallen") {
                zip(nodes, stalls).allSatisfy { $0.sink.record.stalls > $1 }
            }
            try await nodes[1].insist(String(repeating: "long", count: 20_000), to: room)
            for node in nodes {
                try await eventually("both have arrived") { node.sink.count(of: room) == 2 }
                #expect(node.sink.faults.isEmpty)
            }
        }
        await stage.redis.kill()
    }

    /// Why a broker cannot connect.
    private func refusal(_ url: String, _ tls: RedisTLS?) async throws -> String? {
        let broker = RedisBroker(
            url: try RedisURL(url),
            tls: tls,
            node: "node",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let service = Task { try await broker.run() }
        defer { service.cancel() }
        let error = await #expect(throws: BrokerError.self) { try await broker.connect(within: .seconds(3)) }
        return error?.reason
    }

    @Test func whoCannotProveWhoItIsIsNotTalkedTo() async throws {
        let stage = try await Stage()
        let stranger = try await TestAuthority()
        let foreign = try await refusal(stage.url(), try stage.tls(stranger.certificate))
        #expect(foreign?.contains("its certificate is not from an authority to trust") == true, "\(foreign ?? "")")
        let plain = try await refusal(stage.url(port: stage.redis.port), try stage.tls())
        // Redis takes the greeting for the beginning of a command, and waits for its end.
        #expect(plain?.contains("no answer within") == true, "\(plain ?? "")")
        let anonymous = try await refusal(stage.url(), try RedisTLS(.init(authorities: stage.authority.certificate)))
        #expect(anonymous?.contains("it wants a certificate of the node") == true, "\(anonymous ?? "")")
        let untold = try await refusal(stage.url(), nil)
        #expect(untold?.contains("needs to be told whom to trust") == true, "\(untold ?? "")")
        for reason in [foreign, plain, anonymous, untold] { #expect(reason?.contains("secret") == false) }
        await stage.redis.kill()
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func aCertificateForAnotherHostIsNotEnough(host: String) async throws {
        let stage = try await Stage(names: ["DNS:redis.example", "IP:192.0.2.1"])
        let reason = try await refusal(stage.url(host: host), try stage.tls())
        #expect(reason?.contains("TLS with Redis failed") == true, "\(reason ?? "")")
        await stage.redis.kill()
    }

    @Test func filesThatCannotBeUsedAreNamed() async throws {
        let authority = try await TestAuthority()
        let (one, other) = (try await authority.issue("one"), try await authority.issue("other"))
        let cases = [
            (RedisTLS.Files(authorities: "/no/such.pem"), "no certificate can be read from /no/such.pem"),
            (RedisTLS.Files(authorities: one.key), "no certificate can be read from \(one.key)"),
            (RedisTLS.Files(certificate: one.certificate), "no private key without a passphrase can be read from"),
            (RedisTLS.Files(certificate: one.certificate, key: other.key), "does not belong to the certificate in"),
        ]
        for (files, complaint) in cases {
            let error = #expect(throws: RedisTLSError.self) { try RedisTLS(files) }
            #expect(error?.description.contains(complaint) == true)
        }
    }
}
