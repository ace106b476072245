import Foundation
import Synchronization

/// A real Redis of a test's own, on a port that the kernel chose, with a folder that goes away with it.
public final class RedisServer: Sendable {
    /// How the server is set up.
    public struct Options: Sendable {
        /// The password of the default user; none if nil.
        public var password: String?
        /// A user beside the default one, who may do everything.
        public var user: (name: String, password: String)?
        /// Whether every write is on disk before it is answered, so that a killed server has lost nothing.
        public var appendOnly = false
        /// The most memory the data may take, in bytes; writes beyond are refused.
        public var maximumMemory: Int?
        /// The port of the server on this machine that this one copies.
        public var replicaOf: Int?
        /// More options, as on Redis's command line.
        public var more: [String] = []

        /// Makes options of a server without password, persistence and limits.
        public init() {}
    }

    /// The port on 127.0.0.1; the same after a restart.
    public let port: Int
    /// How the server was set up.
    public let options: Options

    private let folder: URL
    private let process: Mutex<ChildProcess>

    /// Starts a server and waits until it takes connections.
    public init(_ options: Options = Options()) async throws {
        self.options = options
        folder = FileManager.default.temporaryDirectory.appending(path: "redis-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // Between our asking and Redis's binding somebody else may take the port.
        var attempts = 0
        while true {
            attempts += 1
            let candidate = try Self.freePort()
            do {
                process = Mutex(try await Self.launch(candidate, options, folder))
                port = candidate
                return
            } catch let failure as NoSuchLine where attempts < 5 && failure.written.contains("in use") {
                continue
            }
        }
    }

    deinit {
        process.withLock { $0.signal(SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    /// Runs a test with a server of its own, which is gone afterwards.
    public static func with<Result>(
        _ options: Options = Options(),
        isolation: isolated (any Actor)? = #isolation,
        _ body: (RedisServer) async throws -> Result
    ) async throws -> Result {
        let server = try await RedisServer(options)
        do {
            let result = try await body(server)
            await server.kill()
            return result
        } catch {
            await server.kill()
            throw error
        }
    }

    /// `redis://127.0.0.1:port/database`, with user and password where the server has one.
    public func url(database: Int = 0) -> String {
        var login = ""
        if let user = options.user {
            login = "\(user.name):\(user.password)@"
        } else if let password = options.password {
            login = ":\(password)@"
        }
        return "redis://\(login)127.0.0.1:\(port)/\(database)"
    }

    /// The server's process id.
    public var pid: pid_t { process.withLock { $0.pid } }

    /// What the server has logged since its last start.
    public var log: String { process.withLock { $0 }.text(of: .standard) }

    /// Runs one command with redis-cli and returns what it prints.
    @discardableResult
    public func command(_ words: String..., database: Int = 0) async throws -> String {
        let output = try await ChildProcess.output(
            of: "redis-cli",
            ["-h", "127.0.0.1", "-p", "\(port)", "-n", "\(database)", "--no-auth-warning"]
                + (options.user.map { ["--user", $0.name] } ?? []) + words,
            environment: ["REDISCLI_AUTH": options.user?.password ?? options.password]
        )
        return output.trimmingCharacters(in: .newlines)
    }

    /// Ends the server in good order; ``start()`` brings it back on the same port with what it had stored on disk.
    public func stop() async {
        await process.withLock { $0 }.stop()
    }

    /// Ends the server at once, as a power cut would.
    public func kill() async {
        await process.withLock { $0 }.kill()
    }

    /// Starts the server again, on the same port, and waits until it takes connections.
    public func start() async throws {
        await kill()
        let child = try await Self.launch(port, options, folder)
        process.withLock { $0 = child }
    }

    /// Stops the process where it stands: connections stay open and nothing is answered.
    public func freeze() {
        process.withLock { $0.signal(SIGSTOP) }
    }

    /// Lets a frozen process go on.
    public func thaw() {
        process.withLock { $0.signal(SIGCONT) }
    }

    /// A port of 127.0.0.1 that nobody uses at this moment.
    public static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
            return bind(descriptor, pointer, length) == 0 ? getsockname(descriptor, pointer, &length) : -1
        }
        guard result == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EADDRINUSE) }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func launch(_ port: Int, _ options: Options, _ folder: URL) async throws -> ChildProcess {
        var arguments = [
            "--bind", "127.0.0.1", "--port", "\(port)", "--dir", folder.path, "--save", "", "--daemonize", "no",
            "--repl-diskless-sync-delay", "0",
        ]
        if let password = options.password { arguments += ["--requirepass", password] }
        if let user = options.user {
            arguments += ["--user", user.name, "on", ">\(user.password)", "~*", "&*", "+@all"]
        }
        if options.appendOnly { arguments += ["--appendonly", "yes", "--appendfsync", "always"] }
        if let bytes = options.maximumMemory { arguments += ["--maxmemory", "\(bytes)"] }
        if let port = options.replicaOf { arguments += ["--replicaof", "127.0.0.1 \(port)"] }
        let child = try await ChildProcess("redis-server", arguments + options.more)
        do {
            try await child.line(of: .standard) { $0.contains("Ready to accept connections") }
        } catch {
            await child.kill()
            throw error
        }
        return child
    }
}
