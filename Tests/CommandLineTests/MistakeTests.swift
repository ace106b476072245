import Foundation
import IntegrationSupport
import Testing

extension CommandLineTests {
    struct MistakeTests {
        @Test(
            "A wrong option is one line on stderr that names it",
            arguments: [
                (["serve", "--prot", "1"], "chat-gateway: Unknown option '--prot'. Did you mean '--port'?"),
                (["--prot", "1"], "chat-gateway: Unknown option '--prot'. Did you mean '--port'?"),
                (["serve", "--port", "x"], #"chat-gateway: --port: "x" is not a whole number"#),
                (["--port", "70000"], "chat-gateway: --port: 70000 is not in 0 to 65535"),
                (["serve", "--port"], "chat-gateway: Missing value for '--port <n>'"),
                (["serve", "extra"], "chat-gateway: Unexpected argument 'extra'"),
                (["serve", "--redis="], "chat-gateway: Missing value for '--redis <url>'"),
                (
                    ["serve", "--config", "/nonexistent"],
                    "chat-gateway: /nonexistent: cannot be read: No such file or directory"
                ),
            ]
        )
        func wrongOption(arguments: [String], complaint: String) async throws {
            let run = try await Program.end(of: try await Program.start(arguments))
            #expect(run.ending == .exit(1))
            #expect(run.output == [])
            #expect(run.errors == [complaint])
        }

        @Test("A wrong variable, or a wrong file, is one line that names it")
        func wrongSources() async throws {
            let variable = try await Program.run("serve", environment: ["CHAT_GATEWAY_PORT": "x"])
            #expect(variable.ending == .exit(1))
            #expect(variable.errors == [#"chat-gateway: CHAT_GATEWAY_PORT: "x" is not a whole number"#])
            let path = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString).json"
            try Data(#"{"prot": 1, "port": "x"}"#.utf8).write(to: URL(filePath: path))
            defer { try? FileManager.default.removeItem(atPath: path) }
            let file = try await Program.run("serve", "--config", path)
            #expect(file.ending == .exit(1))
            #expect(
                file.errors == [
                    "chat-gateway: \(path): \"prot\": there is no such setting",
                    "chat-gateway: \(path): \"port\": must be a whole number, not a string",
                ]
            )
        }

        @Test("check-config prints every value with its source, without secrets, and exits with 0")
        func checkConfig() async throws {
            let run = try await Program.run(
                "check-config",
                "--redis",
                "redis://user:confidential@127.0.0.1:6379/1",
                environment: ["CHAT_GATEWAY_LOOPS": "3", "CHAT_GATEWAY_PROT": "1"],
            )
            #expect(run.ending == .exit(0))
            let report = run.output.joined(separator: "\n")
            #expect(!report.contains("confidential"))
            let members = try JSONSerialization.jsonObject(with: Data(report.utf8)) as? [String: [String: Any]]
            #expect(members?["loops"]?["value"] as? Int == 3)
            #expect(members?["loops"]?["source"] as? String == "CHAT_GATEWAY_LOOPS")
            #expect(members?["port"]?["source"] as? String == "default")
            #expect(run.errors == ["chat-gateway: warning: CHAT_GATEWAY_PROT: there is no such setting; ignored"])
        }

        @Test("check-config tells every mistake and exits with 1")
        func checkConfigMistakes() async throws {
            let run = try await Program.run(
                "check-config",
                "--port",
                "x",
                "--heartbeat",
                "15",
                environment: ["CHAT_GATEWAY_LOOPS": "0"],
            )
            #expect(run.ending == .exit(1))
            #expect(run.output == [])
            #expect(run.errors.count == 3)
        }

        @Test("The version and the help are no mistakes")
        func versionAndHelp() async throws {
            let version = try await Program.run("--version")
            #expect(version.ending == .exit(0))
            #expect(version.output.count == 1 && version.output[0].wholeMatch(of: /\d+\.\d+\.\d+/) != nil)
            for command in ["serve", "check-config", "healthcheck"] {
                let help = try await Program.run(command, "--help")
                #expect(help.ending == .exit(0))
                #expect(help.output.contains { $0.contains("--ops-port") })
            }
        }
    }
}
