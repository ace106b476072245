import Foundation
import Testing

@testable import chat_gateway

struct ConfigurationReadingTests {
    @Test("Flags win over the environment, the environment over the file, the file over the default")
    func precedence() async throws {
        let file = try TemporaryFile(#"{"port": 1, "ops-port": 2, "history": 3}"#)
        let environment = ["CHAT_GATEWAY_PORT": "11", "CHAT_GATEWAY_OPS_PORT": "12"]
        let reading = try await Self.read(["--port", "21", "--config", file.path], environment)
        let gateway = try reading.get().gateway
        #expect(gateway.port == 21)
        #expect(gateway.opsPort == 12)
        #expect(gateway.history.count == 3)
        #expect(gateway.maxBody == 65_536)
        #expect(
            Self.sources(of: reading, "port", "ops-port", "history", "max-body") == [
                "--port", "CHAT_GATEWAY_OPS_PORT", "\(file.path): \"history\"", "default",
            ]
        )
    }

    @Test("Every setting can come from the environment and from the file", arguments: Setting.all)
    func everywhere(setting: Setting) async throws {
        let sample = SettingTests.sample(for: setting)
        let companions = SettingTests.companions(of: setting)
        let byVariable = try await Self.read(companions, [setting.variable: sample])
        #expect(byVariable.mistakes == [])
        #expect(byVariable.warnings.isEmpty != AuthConfiguration.dependentSettings.contains(setting.name))
        let member =
            switch setting.type {
            case .int: sample
            case .stringArray: "[\"\(sample)\"]"
            default: "\"\(sample)\""
            }
        let byFile = try await Self.read(companions, file: "{\"\(setting.name)\": \(member)}")
        #expect(byFile.mistakes == [])
        let byFlag = try await Self.read(["--\(setting.name)", sample] + companions)
        #expect(setting.show(byVariable.configuration) == setting.show(byFlag.configuration))
        #expect(setting.show(byFile.configuration) == setting.show(byFlag.configuration))
        #expect(byVariable.source(of: setting) == setting.variable)
    }

    @Test("A list comes from repeated flags, a variable with commas, or an array, and is replaced as a whole")
    func lists() async throws {
        let origins = ["https://a.example", "https://b.example"]
        let flags = try await Self.read(
            ["--cors-origin", origins[0], "--cors-origin", origins[1]],
            ["CHAT_GATEWAY_CORS_ORIGIN": "*"],
        )
        let variable = try await Self.read([], ["CHAT_GATEWAY_CORS_ORIGIN": origins.joined(separator: ",")])
        let file = try await Self.read(file: #"{"cors-origin": ["https://a.example", "https://b.example"]}"#)
        for reading in [flags, variable, file] { #expect(try reading.get().gateway.corsOrigins == origins) }
        #expect(try await Self.read(file: #"{"cors-origin": []}"#).get().gateway.corsOrigins == [])
    }

    @Test("The file can be named by the environment, and the flag wins")
    func fileByEnvironment() async throws {
        let file = try TemporaryFile(#"{"port": 7}"#)
        let other = try TemporaryFile(#"{"port": 8}"#)
        let environment = ["CHAT_GATEWAY_CONFIG": file.path]
        #expect(try await Self.read([], environment).get().gateway.port == 7)
        #expect(try await Self.read(["--config", other.path], environment).get().gateway.port == 8)
    }

    @Test(
        "A bad value is a mistake that names its source, wherever it stands",
        arguments: [
            ("port", "80x", #""80x" is not a whole number"#),
            ("port", "65536", "65536 is not in 0 to 65535"),
            ("port", "99999999999999999999", #""99999999999999999999" is not a whole number"#),
            ("loops", "0", "0 is not in 1 to 1024"),
            ("history", "0", "0 is not in 1 to 1000000"),
            ("heartbeat", "15", #""15" is not a duration such as 500ms, 15s, 10m or 1h"#),
            ("heartbeat", "1ms", "1ms is not in 100ms to 1h"),
            ("history-age", "31d", "31d is not in 1s to 30d"),
            ("node", "a b", #""a b" is not 1 to 64 letters, digits, '.', '_' or '-'"#),
            ("default-room", "a/b", #""a/b" is not a room: 1 to 128 bytes without '/' and control characters"#),
            ("log-level", "warn", #""warn" is not one of trace, debug, info, notice, warning, error, critical"#),
            ("log-format", "xml", #""xml" is not one of text, json"#),
            ("host", "a\nb", #""a\nb" is not a host name or an address"#),
        ]
    )
    func badValue(name: String, value: String, complaint: String) async throws {
        let variable = Setting.variable(of: name)
        #expect(try await Self.mistakes(["--\(name)=\(value)"]) == ["--\(name): \(complaint)"])
        #expect(try await Self.mistakes([], [variable: value]) == ["\(variable): \(complaint)"])
        let setting = try #require(Setting.all.first { $0.name == name })
        guard setting.type != .int || Int(value) != nil else { return }
        let member = setting.type == .int ? value : JSONText.quoted(value)
        let file = try TemporaryFile("{\"\(name)\": \(member)}")
        #expect(try await Self.mistakes(["--config", file.path]) == ["\(file.path): \"\(name)\": \(complaint)"])
    }

    @Test("An empty variable is a mistake, not an absent one", arguments: ["PORT", "REDIS", "NODE", "CORS_ORIGIN"])
    func emptyVariable(name: String) async throws {
        let found = try await Self.mistakes([], ["CHAT_GATEWAY_\(name)": ""])
        #expect(found.count == 1 && found.first?.hasPrefix("CHAT_GATEWAY_\(name): ") == true)
    }

    @Test("A bad value is a mistake even where a better place overrides it")
    func overriddenMistake() async throws {
        let found = try await Self.mistakes(["--port", "1"], ["CHAT_GATEWAY_PORT": "x"])
        #expect(found == [#"CHAT_GATEWAY_PORT: "x" is not a whole number"#])
    }

    @Test("All mistakes of all places are told at once")
    func allMistakes() async throws {
        let file = try TemporaryFile(#"{"ports": 1, "drain": true}"#)
        let found = try await Self.mistakes(["--loops", "x", "--config", file.path], ["CHAT_GATEWAY_PORT": "x"])
        #expect(found.count == 4)
    }

    @Test(
        "A value of the wrong JSON type is a mistake, not a guess",
        arguments: [
            (#"{"port": "8080"}"#, "port", "must be a whole number, not a string"),
            (#"{"port": true}"#, "port", "must be a whole number, not true"),
            (#"{"port": 80.5}"#, "port", "must be a whole number, not 80.5"),
            (#"{"port": null}"#, "port", "must be a whole number, not null"),
            (#"{"port": [8080]}"#, "port", "must be a whole number, not an object or an array of other things"),
            (#"{"heartbeat": 15}"#, "heartbeat", "must be a string, not a number"),
            (#"{"node": ["a"]}"#, "node", "must be a string, not an array"),
            (#"{"cors-origin": "*"}"#, "cors-origin", "must be an array of strings, not a string"),
            (
                #"{"cors-origin": [1]}"#, "cors-origin",
                "must be an array of strings, not an object or an array of other things"
            ),
            (
                #"{"cors-origin": {"a": 1}}"#, "cors-origin",
                "must be an array of strings, not an object or an array of other things"
            ),
        ]
    )
    func wrongType(json: String, name: String, complaint: String) async throws {
        let file = try TemporaryFile(json)
        #expect(try await Self.mistakes(["--config", file.path]) == ["\(file.path): \"\(name)\": \(complaint)"])
    }

    @Test(
        "A key that is no setting is a mistake",
        arguments: ["prot", "Port", "--port", "config", "gateway.port", "a\nb"]
    )
    func unknownKey(key: String) async throws {
        let file = try TemporaryFile("{\(JSONText.quoted(key)): 1}")
        let found = try await Self.mistakes(["--config", file.path])
        #expect(found == ["\(file.path): \(JSONText.quoted(key)): there is no such setting"])
    }

    @Test(
        "A file that is not one JSON object is a mistake",
        arguments: ["", "{", "[]", "1", #"{"port": 1,}"#, "{} x", #"{"port": 01}"#, #"{'port': 1}"#, #"{"port": NaN}"#]
    )
    func noObject(json: String) async throws {
        let file = try TemporaryFile(json)
        let found = try await Self.mistakes(["--config", file.path])
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("\(file.path): ") == true)
    }

    @Test("A file that is not UTF-8, or names a setting twice, is a mistake")
    func brokenFiles() async throws {
        let latin = try TemporaryFile(bytes: Array(#"{"node": ""#.utf8) + [0xe4] + Array(#""}"#.utf8))
        #expect(try await Self.mistakes(["--config", latin.path]).count == 1)
        let twice = try TemporaryFile(#"{"port": 1, "p\u006frt": 2}"#)
        #expect(
            try await Self.mistakes(["--config", twice.path])
                == ["\(twice.path): not a JSON object: a member name is used twice in one object, at byte 12"]
        )
    }

    @Test("A file that cannot be read is a mistake that says why")
    func unreadableFile() async throws {
        let directory = FileManager.default.temporaryDirectory.path
        let missing = directory + "/" + UUID().uuidString
        #expect(
            try await Self.mistakes(["--config", missing])
                == ["\(missing): cannot be read: No such file or directory"]
        )
        #expect(try await Self.mistakes(["--config", directory]) == ["\(directory): cannot be read: Is a directory"])
        #expect(try await Self.mistakes(["--config", ""]) == ["--config: names no file"])
        #expect(try await Self.mistakes([], ["CHAT_GATEWAY_CONFIG": ""]) == ["CHAT_GATEWAY_CONFIG: names no file"])
    }

    @Test("A variable with our prefix that is no setting is a warning; others are none of ours")
    func unknownVariable() async throws {
        let reading = try await Self.read([], ["CHAT_GATEWAY_PROT": "1", "PORT": "x", "HOME": "/"])
        #expect(reading.mistakes == [])
        #expect(reading.warnings.map(\.description) == ["CHAT_GATEWAY_PROT: there is no such setting; ignored"])
    }

    @Test("More streams than the system allows descriptors are a warning")
    func tooManyStreams() async throws {
        let reading = try await Self.read([], ["CHAT_GATEWAY_MAX_STREAMS": "\(DescriptorLimit.maximum)"])
        #expect(reading.mistakes == [])
        #expect(reading.warnings.count == 1 && reading.warnings[0].source == "CHAT_GATEWAY_MAX_STREAMS")
        #expect(try await Self.read(["--max-streams", "1"]).warnings == [])
    }

    @Test("Settings that exclude each other are a mistake that names where they come from")
    func contradictions() async throws {
        #expect(
            try await Self.mistakes(["--port", "9090"])
                == ["--port: the public and the ops listener cannot share port 9090"]
        )
        #expect(
            try await Self.mistakes(["--port", "5"], ["CHAT_GATEWAY_OPS_PORT": "5"])
                == ["CHAT_GATEWAY_OPS_PORT, --port: the public and the ops listener cannot share port 5"]
        )
        #expect(try await Self.mistakes(["--port", "9090", "--host", "0.0.0.0"]).count == 1)
        #expect(try await Self.mistakes(["--port", "9090", "--host", "192.0.2.1"]) == [])
        #expect(try await Self.mistakes(["--port", "0", "--ops-port", "0"]) == [])
        #expect(try await Self.mistakes(["--history-bytes", "2048", "--max-body", "4096"]).count == 1)
    }

    @Test("No complaint repeats the secret of a Redis URL")
    func secretsInComplaints() async throws {
        for value in ["http://user:secret@host", "redis//:secret@host", "secret"] {
            let found = try await Self.mistakes(["--redis=\(value)"], ["CHAT_GATEWAY_REDIS": value])
            #expect(found.count == 2)
            #expect(found.allSatisfy { !$0.contains("secret") })
        }
    }

    @Test("A secret comes from a file, which no report and no complaint repeats")
    func secretsFromFiles() async throws {
        let key = try TemporaryFile("a key of the operators\n".replacing(" ", with: "-"))
        let url = try TemporaryFile("redis://user:secret@127.0.0.1:1/2")
        let reading = try await Self.read(
            ["--ops-key-file", key.path],
            ["CHAT_GATEWAY_REDIS_FILE": url.path]
        )
        #expect(try reading.get().gateway.opsKey?.text == "a-key-of-the-operators")
        #expect(try reading.get().redis?.password == "secret")
        let report = CheckConfig.report(of: reading)
        #expect(!report.contains("operators") && !report.contains("secret@"))
        #expect(
            report.contains(#""ops-key-file": {"value": \#(JSONText.quoted(key.path)), "source": "--ops-key-file"}"#)
        )
        let short = try TemporaryFile("operators")
        #expect(
            try await Self.mistakes(["--ops-key-file", short.path, "--ops-key", "operators"])
                == [
                    "--ops-key: the value is not 16 to 256 visible ASCII characters",
                    "--ops-key-file: the value is not 16 to 256 visible ASCII characters",
                ]
        )
        #expect(
            try await Self.mistakes(["--ops-key-file", "/nonexistent"])
                == [#"--ops-key-file: "/nonexistent" cannot be read"#]
        )
    }

    @Test("A secret stands for itself or in a file, and the place that wins says which")
    func secretOrFile() async throws {
        let file = try TemporaryFile("0123456789abcdef")
        #expect(
            try await Self.mistakes(["--ops-key-file", file.path, "--ops-key", "fedcba9876543210"])
                == ["--ops-key-file: cannot be given together with --ops-key"]
        )
        let own = try await Self.read(["--ops-key", "fedcba9876543210"], ["CHAT_GATEWAY_OPS_KEY_FILE": file.path])
        #expect(try own.get().gateway.opsKey?.text == "fedcba9876543210")
        #expect(Self.sources(of: own, "ops-key", "ops-key-file") == ["--ops-key", "default"])
        let filed = try await Self.read(["--ops-key-file", file.path], ["CHAT_GATEWAY_OPS_KEY": "fedcba9876543210"])
        #expect(try filed.get().gateway.opsKey?.text == "0123456789abcdef")
        #expect(Self.sources(of: filed, "ops-key", "ops-key-file") == ["default", "--ops-key-file"])
    }

    @Test("An ops listener that others reach needs a key")
    func opsKey() async throws {
        for host in ["0.0.0.0", "::", "192.0.2.1", "ops.example"] {
            let found = try await Self.mistakes(["--ops-host", host, "--port", "0"])
            #expect(found.count == 1 && found[0].hasPrefix("--ops-host: the ops listener would be open to others"))
            #expect(
                try await Self.mistakes(["--ops-host", host, "--ops-key", "0123456789abcdef", "--port", "0"]) == []
            )
        }
        for host in ["127.0.0.1", "127.1.2.3", "::1", "localhost"] {
            #expect(try await Self.mistakes(["--ops-host", host]) == [])
        }
    }

    @Test("The report names each value and its source, as JSON and without secrets")
    func report() async throws {
        let reading = try await Self.read(
            ["--redis", "redis://user:confidential@host:1/2", "--cors-origin", "*", "--port", "1"]
        )
        let report = CheckConfig.report(of: reading)
        #expect(!report.contains("confidential"))
        let members = try JSONDecoder().decode([String: ReportedSetting].self, from: Data(report.utf8))
        #expect(Set(members.keys) == Set(Setting.all.map(\.name)))
        #expect(members["port"]?.source == "--port")
        #expect(members["ops-port"]?.source == "default")
        #expect(report.contains(#""port": {"value": 1, "source": "--port"}"#))
        #expect(report.contains(#""cors-origin": {"value": ["*"], "source": "--cors-origin"}"#))
    }

    private struct ReportedSetting: Decodable {
        var source: String
    }

    private static func read(
        _ arguments: [String] = [],
        _ environment: [String: String] = [:],
        file: String? = nil
    ) async throws -> ConfigurationReading {
        let file = try file.map { try TemporaryFile($0) }
        let flags = try ServeFlags.parse(arguments + (file.map { ["--config", $0.path] } ?? []))
        return await ConfigurationReading(flags: flags, environment: environment)
    }

    private static func mistakes(
        _ arguments: [String],
        _ environment: [String: String] = [:]
    ) async throws -> [String] {
        try await read(arguments, environment).mistakes.map(\.description)
    }

    private static func sources(of reading: ConfigurationReading, _ names: String...) -> [String] {
        names.compactMap { name in Setting.all.first { $0.name == name }.map { reading.source(of: $0) } }
    }
}
