import IntegrationSupport
import Testing

/// One run of the program to its end.
struct Program {
    /// How it ended.
    var ending: ChildProcess.Ending
    /// The lines on stdout.
    var output: [String]
    /// The lines on stderr.
    var errors: [String]

    /// Runs the program and waits for its end.
    static func run(
        _ arguments: String...,
        environment: [String: String?] = [:],
        within limit: Duration = .waitLimit
    ) async throws -> Program {
        let child = try await start(arguments, environment: environment)
        return try await end(of: child, within: limit)
    }

    /// Starts the program.
    static func start(_ arguments: [String], environment: [String: String?] = [:]) async throws -> ChildProcess {
        try await ChildProcess(try GatewayProcess.program(), arguments, environment: environment)
    }

    /// Waits for the end of a program that has been started.
    static func end(of child: ChildProcess, within limit: Duration = .waitLimit) async throws -> Program {
        let ending = try await child.end(within: limit)
        try await eventually("the outputs are complete") { child.isDrained }
        return Program(ending: ending, output: child.lines(of: .standard), errors: child.lines(of: .error))
    }

    /// A key of the ops listener, without which it is not opened to others.
    static let key = ["--ops-key", "0123456789abcdef"]

    /// Arguments of `serve` for a node on ports that the kernel chooses.
    static let quiet = ["serve", "--port", "0", "--ops-port", "0"]
}

extension ChildProcess {
    /// Waits until the node listens; where its ops listener is.
    func opsURL() async throws -> String {
        let line = try await line(of: .error, within: .seconds(30)) { $0.contains("ops=") }
        return String(try #require(line.firstMatch(of: /ops=(\S+)/)).1)
    }

    /// Waits until the node listens; the port of its ops listener.
    func opsPort() async throws -> String {
        let url = try await opsURL()
        return String(try #require(url.firstMatch(of: /:(\d+)\//)).1)
    }
}
