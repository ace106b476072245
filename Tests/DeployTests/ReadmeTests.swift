import Foundation
import IntegrationSupport
import Testing

/// Whether README and cookbook tell the truth.
@Suite(.serialized) struct ReadmeTests {
    private static let readme = "README.md"
    private static let cookbook = "Sources/ChatGateway/ChatGateway.docc/Cookbook.md"
    private static let upgrading = "Sources/ChatGateway/ChatGateway.docc/Upgrading.md"

    @Test(arguments: [readme, cookbook])
    func `every file and folder that it names is there`(document: String) throws {
        let text = try Checkout.text(document)
        let paths = text.matches(of: /(?:deploy|Tests|Sources)(?:\/[\w.-]+)+/).map { String($0.output) }
        #expect(!paths.isEmpty)
        for path in paths {
            #expect(FileManager.default.fileExists(atPath: Checkout.root.appending(path: path).path), "\(path)")
        }
    }

    /// Typed in their order.
    ///
    /// Only looked at, because they cannot be run in a test: `docker compose`, whose files, variables and services must be
    /// there, and scripts that take minutes or would run this test, which must be fit to be started. For `deploy/run` the
    /// program is started, with the same options, that was built with the tests.
    @Test(arguments: [readme, cookbook])
    func `every command of its blocks does what it says`(document: String) async throws {
        let file = try MarkdownFile(document)
        let typist = try Typist(file)
        for block in file.blocks where ["", "sh"].contains(block.language) {
            for line in block.lines { try await typist.type(line) }
        }
        try await typist.finish()
    }

    @Test(arguments: [readme, cookbook, upgrading])
    func `every command between the lines does what it says`(document: String) async throws {
        let file = try MarkdownFile(document)
        let typist = try Typist(file)
        try await typist.type("deploy/run")
        let commands = file.spans.filter {
            $0.contains(/^([A-Z_]+=\S+ )*(chat-gateway|docker compose|curl|Tests\/\S+|deploy\/run) \S/)
        }
        for command in commands where command != "chat-gateway serve" { try await typist.type(command) }
        try await typist.finish()
    }
}
