import Foundation
import IntegrationSupport

/// The two programs whose nodes work together.
enum Versions {
    /// The earlier version, which `Tests/upgrade` builds and names in `GATEWAY_PREVIOUS`.
    ///
    /// Without one the present version stands in for it: what is tried then is that nodes can be replaced one by one, not
    /// that versions understand each other. That is what ``Recording`` is for.
    static var previous: String {
        get throws { try ProcessInfo.processInfo.environment["GATEWAY_PREVIOUS"] ?? present }
    }

    /// The program that was built with the tests.
    static var present: String {
        get throws { try GatewayProcess.program() }
    }

    /// Those of the options that a program knows, each with its value.
    static func known(_ options: [(name: String, value: String)], to program: String) async throws -> [String] {
        let help = try await ChildProcess.output(of: program, ["serve", "--help"])
        return options.flatMap { help.contains("\($0.name) <") ? [$0.name, $0.value] : [] }
    }
}
