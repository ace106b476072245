import Foundation
import IntegrationSupport
import Testing

extension CommandLineTests {
    struct RedisStartTests {
        @Test("A Redis that cannot be reached for 10 seconds is one line without its password")
        func unreachable() async throws {
            let url = "redis://user:secret@127.0.0.1:\(try RedisServer.freePort())/0"
            let start = ContinuousClock.now
            let child = try await Program.start(Program.quiet + ["--redis", url])
            let run = try await Program.end(of: child)
            #expect(ContinuousClock.now - start > .seconds(9))
            #expect(run.ending == .exit(1))
            #expect(run.output == [])
            let complaints = run.errors.filter { $0.hasPrefix("chat-gateway: ") }
            #expect(complaints.count == 1 && complaints[0].contains("Redis"))
            #expect(!run.errors.contains { $0.contains("secret") })
        }

        @Test("A Redis that comes up a little later is waited for")
        func late() async throws {
            let redis = try await RedisServer()
            await redis.kill()
            let child = try await Program.start(Program.quiet + ["--redis", redis.url()])
            try await redis.start()
            try await child.line(of: .standard, within: .seconds(30)) { $0.contains("http://") }
            #expect(await child.stop() == .exit(0))
            await redis.kill()
        }

        @Test("A node that still waits for Redis stops when it is told to")
        func stopWhileWaiting() async throws {
            let url = "redis://127.0.0.1:\(try RedisServer.freePort())/0"
            let child = try await Program.start(Program.quiet + ["--redis", url, "--log-level", "debug"])
            try await child.line(of: .error, within: .seconds(30)) { _ in true }
            child.signal(SIGTERM)
            #expect(try await child.end(within: .seconds(8)) == .exit(0))
        }

        @Test("A node that has lost its Redis is unhealthy, and healthy again when Redis is back")
        func redisAway() async throws {
            let redis = try await RedisServer()
            let child = try await Program.start(Program.quiet + ["--redis", redis.url()])
            let port = try await child.opsPort()
            #expect(try await Program.run("healthcheck", "--ops-port", port).ending == .exit(0))
            await redis.kill()
            try await eventually("the node is not ready", within: .seconds(30)) {
                try await Program.run("healthcheck", "--ops-port", port).ending == .exit(1)
            }
            let away = try await Program.run("healthcheck", "--ops-port", port)
            #expect(away.errors.count == 1 && away.errors[0].contains("status 503"))
            try await redis.start()
            try await eventually("the node is ready again", within: .seconds(30)) {
                try await Program.run("healthcheck", "--ops-port", port).ending == .exit(0)
            }
            #expect(await child.stop() == .exit(0))
            await redis.kill()
        }
    }
}
