import Foundation
import IntegrationSupport
import Testing

/// A program of the checkout that an interpreter runs.
struct Script {
    private let path: String

    init(_ path: String) {
        self.path = path
    }

    /// All in these folders of the checkout: what names its interpreter, and the modules of Python that belong to it.
    static func all(in folders: String...) throws -> [String] {
        var found: [String] = []
        for folder in folders {
            let url = Checkout.root.appending(path: folder)
            for path in try FileManager.default.subpathsOfDirectory(atPath: url.path) {
                let start = try? FileHandle(forReadingFrom: url.appending(path: path)).read(upToCount: 2)
                if path.hasSuffix(".py") || start == Data("#!".utf8) { found.append("\(folder)/\(path)") }
            }
        }
        return found
    }

    /// Whether it may be run and its interpreter understands it, which is asked without running it.
    func check() async throws {
        let file = Checkout.root.appending(path: path).path
        let text = try Checkout.text(path)
        let isModule = path.hasSuffix(".py")
        #expect(isModule || FileManager.default.isExecutableFile(atPath: file), "\(path)")
        if isModule || text.hasPrefix("#!/usr/bin/env python3\n") {
            // As py_compile does it, but without a file of its own.
            let compile = "import sys; compile(open(sys.argv[1], 'rb').read(), sys.argv[1], 'exec')"
            _ = try await ChildProcess.output(of: "python3", ["-c", compile, file])
        } else if text.hasPrefix("#!/usr/bin/env bash\n") {
            _ = try await ChildProcess.output(of: "bash", ["-n", file])
        } else {
            throw Unexpected("nobody knows the interpreter of \(path)")
        }
    }
}
