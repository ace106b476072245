import Foundation
import IntegrationSupport
import Synchronization

/// A node of a stage, which can be killed, stopped and drained, and comes back on the same ports.
final class StageNode: Sendable {
    /// What listeners see in `ready`.
    let name: String
    /// The port of the public listener.
    let port: Int
    /// The port of the ops listener.
    let opsPort: Int
    /// What stands between the node and Redis.
    let proxy: TCPProxy

    private let arguments: [String]
    private let process: Mutex<GatewayProcess>

    /// Starts a node and waits until it takes connections.
    init(_ name: String, redis: RedisServer, _ arguments: [String] = []) async throws {
        let proxy = try await TCPProxy(to: redis.port)
        let all = ["--node", name, "--redis", "redis://127.0.0.1:\(proxy.port)/0"] + arguments
        let opsPort = try RedisServer.freePort()
        let process = try await GatewayProcess(all, opsPort: opsPort)
        self.proxy = proxy
        self.name = name
        self.opsPort = opsPort
        self.arguments = all
        port = try process.port
        self.process = Mutex(process)
    }

    var url: String { "http://127.0.0.1:\(port)" }

    var child: ChildProcess { process.withLock { $0 }.child }

    /// Ends the node at once.
    func kill() async {
        await child.kill()
    }

    /// Asks the node to stop (SIGTERM) and waits until it has.
    @discardableResult
    func drain() async throws -> ChildProcess.Ending {
        child.signal(SIGTERM)
        return try await child.end(within: .seconds(20))
    }

    /// Starts the node again, on the same ports.
    func start() async throws {
        let started = try await GatewayProcess(arguments, port: port, opsPort: opsPort)
        process.withLock { $0 = started }
    }

    /// Stops the process where it stands.
    func freeze() {
        child.signal(SIGSTOP)
    }

    /// Lets a frozen process go on.
    func thaw() {
        child.signal(SIGCONT)
    }

    /// The status of `/readyz`; nil where nobody answers.
    func readiness() async throws -> Int? {
        try await Curl.status("http://127.0.0.1:\(opsPort)/readyz")
    }

    /// Memory that is in use, in bytes.
    var residentBytes: Int {
        let status = (try? String(contentsOfFile: "/proc/\(child.pid)/status", encoding: .utf8)) ?? ""
        guard let kib = status.firstMatch(of: /VmRSS:\s+(\d+) kB/).flatMap({ Int($0.output.1) }) else { return 0 }
        return kib * 1024
    }

    /// Ends the node and its proxy.
    func end() async {
        await child.stop(within: .seconds(2))
        await proxy.close()
    }
}
