import Foundation
import Testing

/// Two versions of axe-core, which looks in a page for what keeps people out: the one that axe-selenium-python brings, and a
/// recent one with more rules.
struct Axe: Sendable {
    /// What a version has found.
    struct Violation: Decodable, CustomStringConvertible {
        let id: String
        let nodes: [String]

        var description: String { "\(id): \(nodes.joined(separator: ", "))" }
    }

    private let scripts: [String]

    /// Reads both, as they were installed from PyPI.
    init() async throws {
        let files = [
            try await TestPython.file("node_modules/axe-core/axe.min.js", of: "axe_selenium_python"),
            try await TestPython.file("axe.min.js", of: "axe_playwright_python"),
        ]
        scripts = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
    }

    /// What they find in a page as it is now.
    func violations(in browser: Browser) async throws -> [Violation] {
        var found: [Violation] = []
        for script in scripts {
            found += try await browser.run(
                """
                \(script)
                const { violations, passes } = await axe.run(document);
                if (passes.length < 10) return [{ id: 'it has not run', nodes: [] }];
                return violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html, failureSummary }) => html + failureSummary) }))
                """
            )
        }
        return found
    }

    /// Records an issue for all that they find in a page, in light and in dark.
    func expectNothing(in browser: Browser, _ state: String) async throws {
        for scheme in ["light", "dark"] {
            try await browser.prefer(colorScheme: scheme)
            for violation in try await violations(in: browser) { Issue.record("\(state), \(scheme): \(violation)") }
        }
    }
}
