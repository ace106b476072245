import Foundation
import IntegrationSupport
import Testing

@Suite struct RedisServerTests {
    @Test func aServerKeepsItsPortAndItsDataOverARestart() async throws {
        var options = RedisServer.Options()
        options.appendOnly = true
        try await RedisServer.with(options) { redis in
            #expect(try await redis.command("SET", "a", "b c") == "OK")
            await redis.kill()
            try await redis.start()
            #expect(try await redis.command("GET", "a") == "b c")
        }
    }

    @Test func aUserWithAPasswordGetsIn() async throws {
        var options = RedisServer.Options()
        options.password = "top"
        options.user = ("ann", "secret")
        try await RedisServer.with(options) { redis in
            let name = try await redis.command("ACL", "WHOAMI", database: 3)
            #expect(name == "ann")
        }
    }

    @Test func aProgramEndsOnTheSignalItIsSent() async throws {
        let child = try await ChildProcess("sleep", ["60"])
        #expect(await child.stop(within: .seconds(10)) == .signal(SIGTERM))
    }

    @Test func aProgramThatEndsIsReaped() async throws {
        let child = try await ChildProcess("sh", ["-c", "echo one; echo two >&2; exit 3"])
        try await child.line(of: .error) { $0 == "two" }
        #expect(try await child.end() == .exit(3))
        try await eventually("its output has ended") { child.isDrained }
        #expect(child.lines(of: .standard) == ["one"])
        #expect(kill(child.pid, 0) == -1)
    }

    @Test func aProgramDiesWithItsObject() async throws {
        var child: ChildProcess? = try await ChildProcess("sleep", ["1000"])
        let pid = try #require(child?.pid)
        child = nil
        try await eventually("the program is gone") { kill(pid, 0) == -1 }
    }
}
