import Foundation
import IntegrationSupport

/// A program of `Sources/Examples`, built with the tests.
enum Example {
    static func start(
        _ name: String,
        _ arguments: [String] = [],
        environment: [String: String?] = [:]
    ) async throws -> ChildProcess {
        let path = Bundle.main.bundleURL.appending(path: name).path
        return try await ChildProcess(path, arguments, environment: environment)
    }

    /// Lines of a file that say something: neither blank nor comment nor import.
    static func lineCount(_ path: String) throws -> Int {
        try Checkout.text(path).split(separator: "\n").map { $0.drop { $0 == " " } }
            .filter { !$0.isEmpty && !$0.hasPrefix("//") && !$0.hasPrefix("import ") }
            .count
    }
}
