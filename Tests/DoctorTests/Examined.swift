import Foundation
import IntegrationSupport
import Testing

/// What the program found.
struct Examined {
    /// How it ended.
    var ending: ChildProcess.Ending
    /// The lines on stdout.
    var output: [String]
    /// The lines on stderr.
    var errors: [String]
    /// The checks of its JSON.
    var checks: [Check]

    /// A check, as people and programs get it.
    struct Check: Decodable {
        var name: String
        var outcome: String
        var seen: String
        var meaning: String?
        var nginx: [String]?
    }

    /// Runs the program to its end.
    static func run(_ arguments: String...) async throws -> Examined {
        let file = FileManager.default.temporaryDirectory.appending(path: "doctor-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let program = try GatewayProcess.program()
        let child = try await ChildProcess(program, ["doctor"] + arguments + ["--json", file.path])
        let ending = try await child.end(within: .seconds(60))
        try await eventually("the outputs are complete") { child.isDrained }
        struct Report: Decodable { var checks: [Check] }
        let report = try? JSONDecoder().decode(Report.self, from: Data(contentsOf: file))
        return Examined(
            ending: ending,
            output: child.lines(of: .standard),
            errors: child.lines(of: .error),
            checks: report?.checks ?? [],
        )
    }

    /// The checks that came out so, by name.
    func names(_ outcome: String) -> [String] { checks.filter { $0.outcome == outcome }.map(\.name) }

    /// What was seen in one of them.
    subscript(name: String) -> Check? { checks.first { $0.name == name } }

    /// All that was said, for the report of a failure.
    var text: Comment { Comment(rawValue: (output + errors).joined(separator: "\n")) }
}
