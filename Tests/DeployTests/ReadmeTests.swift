import Foundation
import IntegrationSupport
import Testing

/// Whether the README tells the truth about the project's files.
@Suite struct ReadmeTests {
    @Test func `every file and folder that it names is there`() throws {
        let readme = try Checkout.text("README.md")
        let paths = readme.matches(of: /(?:deploy|Tests|Sources)(?:\/[\w.-]+)+/).map { String($0.output) }
        #expect(!paths.isEmpty)
        for path in paths {
            #expect(FileManager.default.fileExists(atPath: Checkout.root.appending(path: path).path), "\(path)")
        }
    }
}
