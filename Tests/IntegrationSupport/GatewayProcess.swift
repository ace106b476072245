import Foundation

/// A node of the gateway: the program that was built with the tests, on a port of 127.0.0.1 that the kernel chose.
public struct GatewayProcess: Sendable {
    /// Where the node is reached, without a slash at the end.
    public let url: String
    /// The running program.
    public let child: ChildProcess

    /// Starts a node and waits until it takes connections.
    ///
    /// - Parameters:
    ///   - arguments: Options of `chat-gateway serve` beside host and ports.
    ///   - port: The port of the public listener; 0 lets the kernel choose.
    ///   - opsPort: The port of the ops listener; 0 lets the kernel choose.
    ///   - descriptors: How many descriptors the system allows the node; as many as the test if nil.
    ///   - redis: What carries messages to other nodes; the embedded broker if nil.
    ///   - program: Another version's program; that of the tests if nil.
    ///   - environment: Variables to set.
    /// - Throws: Where the node cannot be started, with what it wrote.
    public init(
        _ arguments: [String] = [],
        port: Int = 0,
        opsPort: Int = 0,
        descriptors: Int? = nil,
        redis: RedisServer? = nil,
        program: String? = nil,
        environment: [String: String?] = [:]
    ) async throws {
        let connection = redis.map { ["--redis", $0.url()] } ?? []
        let program = try program ?? Self.program()
        let places = ["--host", "127.0.0.1", "--port", "\(port)", "--ops-port", "\(opsPort)"]
        let command = [program, "serve"] + places + connection + arguments
        if let descriptors {
            let script = #"ulimit -n \#(descriptors); exec "$0" "$@""#
            child = try await ChildProcess("bash", ["-c", script] + command, environment: environment)
        } else {
            child = try await ChildProcess(command[0], Array(command.dropFirst()), environment: environment)
        }
        do {
            let line = try await child.line(of: .standard) { $0.contains(" listening on http") }
            guard let url = line.firstMatch(of: /https?:\/\/[^\s\/]+/) else { throw NoSuchLine(written: line) }
            self.url = String(url.output)
        } catch {
            await child.kill()
            throw error
        }
    }

    /// The port that the node listens on.
    public var port: Int {
        get throws {
            guard let port = URL(string: url)?.port else { throw NoSuchLine(written: url) }
            return port
        }
    }

    /// Where the node's ops listener is reached, without a slash at the end.
    public var opsURL: String {
        get async throws {
            let line = try await child.line(of: .error) { $0.contains("ops=http") }
            guard let url = line.firstMatch(of: /ops=(http:[^\s]+)\//) else { throw NoSuchLine(written: line) }
            return String(url.output.1)
        }
    }

    /// The descriptors that the node has open.
    public var descriptorCount: Int {
        get throws { try FileManager.default.contentsOfDirectory(atPath: "/proc/\(child.pid)/fd").count }
    }

    /// The memory that the node has from the system, in bytes.
    public var residentBytes: Int {
        get throws {
            let status = try String(contentsOfFile: "/proc/\(child.pid)/status", encoding: .utf8)
            guard let line = status.firstMatch(of: /VmRSS:\s+(\d+) kB/), let count = Int(line.output.1) else {
                throw NoSuchLine(written: status)
            }
            return count * 1024
        }
    }

    /// Where the program is: beside the tests, which are built with it, unless `GATEWAY_PROGRAM` names another one.
    public static func program() throws -> String {
        if let other = ProcessInfo.processInfo.environment["GATEWAY_PROGRAM"] { return other }
        let path = Bundle.main.bundleURL.appending(path: "chat-gateway").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw NoSuchLine(written: "there is no \(path): build it with `swift build --product chat-gateway`")
        }
        return path
    }
}
