import Foundation
import IntegrationSupport

/// Debian's Prometheus with the project's configuration, which looks at nodes on this machine instead of compose's.
struct PrometheusServer: Sendable {
    /// What Prometheus says to a question.
    struct Answer<Content: Decodable & Sendable>: Decodable, Sendable {
        var status: String
        var data: Content
    }

    /// The series that a query finds.
    struct Result: Decodable, Sendable {
        struct Series: Decodable, Sendable {
            var metric: [String: String]
        }

        var result: [Series]
    }

    let child: ChildProcess
    private let url: String

    /// Starts Prometheus on a configuration and waits until it answers.
    init(_ configuration: URL, data: URL) async throws {
        let port = try RedisServer.freePort()
        url = "http://127.0.0.1:\(port)"
        child = try await ChildProcess(
            try Self.program("prometheus"),
            [
                "--config.file=\(configuration.path)", "--storage.tsdb.path=\(data.path)",
                "--web.listen-address=127.0.0.1:\(port)", "--log.level=warn",
            ]
        )
        do {
            let (child, url) = (child, url)
            try await eventually("Prometheus is ready: \(child.text(of: .error))", within: .seconds(30)) {
                try await Curl.status("\(url)/-/ready") == 200
            }
        } catch {
            await child.kill()
            throw error
        }
    }

    /// The path of one of Prometheus's programs: where `Tests/run` has unpacked Debian's package, or on the PATH.
    static func program(_ name: String) throws -> String {
        let unpacked = Checkout.root.appending(path: ".build/prometheus/usr/bin/\(name)").path
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
        guard let found = ([unpacked] + folders).first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw Unexpected("there is no \(name): Tests/run unpacks Debian's package `prometheus`")
        }
        return found
    }

    /// Evaluates a query now.
    func query(_ query: String) async throws -> [Result.Series] {
        let answer: Answer<Result> = try await get("/api/v1/query", ["--get", "--data-urlencode", "query=\(query)"])
        return answer.data.result
    }

    /// Asks for what an API path tells.
    func get<Content: Decodable & Sendable>(_ path: String, _ arguments: [String] = []) async throws -> Answer<Content>
    {
        let answer = try await Curl.answer(url + path, arguments)
        guard answer.status == 200 else { throw Unexpected("\(arguments.last ?? path): \(answer.body)") }
        return try JSONDecoder().decode(Answer<Content>.self, from: Data(answer.body.utf8))
    }
}
