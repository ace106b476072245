import Foundation
import IntegrationSupport
import Testing

extension CommandLineTests {
    struct HealthcheckTests {
        @Test("A ready node is healthy, wherever the port is configured, also where it listens on all addresses")
        func ready() async throws {
            let child = try await Program.start(Program.quiet + ["--ops-host", "0.0.0.0"] + Program.key)
            let port = try await child.opsPort()
            let arguments = ["healthcheck", "--ops-host", "0.0.0.0", "--ops-port", port] + Program.key
            let byFlag = try await Program.end(of: try await Program.start(arguments))
            #expect(byFlag.ending == .exit(0))
            #expect(byFlag.output == [] && byFlag.errors == [])
            let byVariable = try await Program.run("healthcheck", environment: ["CHAT_GATEWAY_OPS_PORT": port])
            #expect(byVariable.ending == .exit(0))
            #expect(await child.stop() == .exit(0))
        }

        @Test("Without a node there is no health, and the line says why")
        func absent() async throws {
            let port = try RedisServer.freePort()
            let run = try await Program.run("healthcheck", "--ops-port", "\(port)")
            #expect(run.ending == .exit(1))
            #expect(
                run.errors == ["chat-gateway: http://127.0.0.1:\(port)/readyz: cannot be asked: Connection refused"]
            )
            #expect(try await Program.run("healthcheck", "--ops-port", "0").ending == .exit(1))
            #expect(try await Program.run("healthcheck", "--ops-port", "x").ending == .exit(1))
        }

        @Test("A node that does not answer is unhealthy within seconds")
        func stopped() async throws {
            let child = try await Program.start(Program.quiet)
            let port = try await child.opsPort()
            child.signal(SIGSTOP)
            let run = try await Program.run("healthcheck", "--ops-port", port)
            child.signal(SIGCONT)
            #expect(run.ending == .exit(1))
            #expect(run.errors.count == 1)
            #expect(await child.stop() == .exit(0))
        }
    }
}
