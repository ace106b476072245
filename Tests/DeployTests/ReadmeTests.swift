import Foundation
import IntegrationSupport
import Testing

/// Whether the README tells the truth about the program.
@Suite struct ReadmeTests {
    @Test func `the table of options is that of the program, default for default`() async throws {
        let help = try await ChildProcess.output(of: GatewayProcess.program(), ["serve", "--help"])
        let readme = try Checkout.text("README.md")
        let text = help.replacing(/\s+/, with: " ")
        let own: Set = ["--config", "--version", "--help"]
        let flags = Set(help.matches(of: /(?m)^  (--[a-z-]+)/).map { String($0.output.1) }).subtracting(own)
        let rows = readme.matches(of: /(?m)^\| `(--[a-z-]+)` \| (.+?) \| .+ \|$/)
        #expect(Set(rows.map { String($0.output.1) }) == flags)
        for row in rows {
            let start = try #require(text.range(of: "\(row.output.1) <"))
            let end = text[start.upperBound...].range(of: " --")?.lowerBound ?? text.endIndex
            #expect(text[start.upperBound..<end].contains("default: \(row.output.2))"), "\(row.output.1)")
        }
    }

    @Test func `every file and folder that it names is there`() throws {
        let readme = try Checkout.text("README.md")
        let paths = readme.matches(of: /(?:deploy|Tests|Sources)(?:\/[\w.-]+)+/).map { String($0.output) }
        #expect(!paths.isEmpty)
        for path in paths {
            #expect(FileManager.default.fileExists(atPath: Checkout.root.appending(path: path).path), "\(path)")
        }
    }
}
