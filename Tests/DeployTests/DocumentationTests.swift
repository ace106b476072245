import Foundation
import IntegrationSupport
import Testing

/// The documentation of the library, as the toolchain's own compiler of it sees it.
@Suite struct DocumentationTests {
    /// Where the toolchain that built the tests has its programs.
    private func toolchain() async throws -> URL {
        struct Target: Decodable {
            struct Paths: Decodable {
                var runtimeResourcePath: String
            }
            var paths: Paths
        }
        let text = try await ChildProcess.output(of: "swiftc", ["-print-target-info"])
        let target = try JSONDecoder().decode(Target.self, from: Data(text.utf8))
        return URL(filePath: target.paths.runtimeResourcePath).appending(path: "../../bin").standardizedFileURL
    }

    /// What finds the C modules that the library and its dependencies are built on.
    private func cModules(_ build: URL) throws -> [String] {
        var options = ["-fmodule-map-file=\(Checkout.root.appending(path: "Sources/CLinux/module.modulemap").path)"]
        for file in try FileManager.default.contentsOfDirectory(at: build, includingPropertiesForKeys: nil) {
            let map = file.appending(path: "module.modulemap")
            if FileManager.default.fileExists(atPath: map.path) { options.append("-fmodule-map-file=\(map.path)") }
        }
        let checkouts = build.appending(path: "../../checkouts").standardizedFileURL
        for package in try FileManager.default.contentsOfDirectory(at: checkouts, includingPropertiesForKeys: nil) {
            let sources = package.appending(path: "Sources")
            let targets = try? FileManager.default.contentsOfDirectory(at: sources, includingPropertiesForKeys: nil)
            let folders = (targets ?? []).map { $0.appending(path: "include") }
            for headers in folders where FileManager.default.fileExists(atPath: headers.path) {
                options.append("-I\(headers.path)")
                let map = headers.appending(path: "module.modulemap")
                if FileManager.default.fileExists(atPath: map.path) { options.append("-fmodule-map-file=\(map.path)") }
            }
        }
        return options.flatMap { ["-Xcc", $0] }
    }

    @Test(.timeLimit(.minutes(2)))
    func `articles and comments have no link that leads nowhere`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "documentation-\(UUID().uuidString)")
        let symbols = folder.appending(path: "symbols")
        try FileManager.default.createDirectory(at: symbols, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let programs = try await toolchain()
        let build = Bundle.main.bundleURL.resolvingSymlinksInPath()
        let machine = try await ChildProcess.output(of: "uname", ["-m"]).prefix { $0 != "\n" }
        _ = try await ChildProcess.output(
            of: programs.appending(path: "swift-symbolgraph-extract").path,
            [
                "-module-name", "ChatGateway", "-target", "\(machine)-unknown-linux-gnu", "-minimum-access-level",
                "public",
                "-I", build.appending(path: "Modules").path, "-output-dir", symbols.path,
            ] + cModules(build),
            within: .seconds(60)
        )
        let docc = try await ChildProcess(
            programs.appending(path: "docc").path,
            [
                "convert", Checkout.root.appending(path: "Sources/ChatGateway/ChatGateway.docc").path,
                "--additional-symbol-graph-dir", symbols.path, "--output-path", folder.appending(path: "out").path,
                "--fallback-display-name", "ChatGateway", "--fallback-bundle-identifier", "chat-gateway",
            ]
        )
        #expect(try await docc.end(within: .seconds(60)) == .exit(0))
        try await eventually("the output is complete") { docc.isDrained }
        let complaints = (docc.text(of: .standard) + docc.text(of: .error)).split(whereSeparator: \.isNewline)
        #expect(complaints == [])
        // What was converted is the library and not an empty catalogue.
        let page = folder.appending(path: "out/data/documentation/chatgateway/messagefilter.json")
        #expect(FileManager.default.fileExists(atPath: page.path))
    }
}
