import Foundation
import IntegrationSupport

/// The python3 that has what the tests need from PyPI: the test command's own, or else that of the `PATH`.
enum TestPython {
    /// Its path or name.
    static func program() throws -> String {
        let own = try URL(filePath: GatewayProcess.program()).deletingLastPathComponent()
            .appending(path: "../../python/bin/python3").path
        return FileManager.default.isExecutableFile(atPath: own) ? own : "python3"
    }

    /// A file of an installed package, which itself is not run.
    static func file(_ path: String, of package: String) async throws -> String {
        let script = """
            import importlib.util, sys
            print(importlib.util.find_spec(sys.argv[1]).submodule_search_locations[0])
            """
        let folder = try await ChildProcess.output(of: program(), ["-c", script, package])
        return folder.trimmingCharacters(in: .whitespacesAndNewlines) + "/" + path
    }
}
