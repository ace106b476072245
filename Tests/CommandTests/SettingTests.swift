import ArgumentParser
import Foundation
import Testing

@testable import chat_gateway

struct SettingTests {
    @Test("Every setting has a flag of its name, and every flag but --config is a setting")
    func flags() {
        let help = ServeFlags.helpMessage(columns: 1000)
        let flags = help.split(separator: "\n")
            .compactMap { line in
                line.split(separator: " ").first { $0.hasPrefix("--") }.map { String($0.dropFirst(2)) }
            }
        #expect(flags.filter { !["config", "help"].contains($0) } == Setting.all.map(\.name))
        #expect(flags.contains("config"))
    }

    @Test("The help of every flag says what it does, what it takes and what holds without it", arguments: Setting.all)
    func help(of setting: Setting) {
        let help = ServeFlags.helpMessage(columns: 1000)
        let standard = setting.standard ?? setting.show(.standard).plain
        #expect(help.contains("\(setting.summary) (\(setting.allowed); default: \(standard))"))
    }

    @Test("A flag reaches the setting of its own name and no other", arguments: Setting.all)
    func reach(of setting: Setting) async throws {
        let sample = Self.sample(for: setting)
        let reading = await ConfigurationReading(
            flags: try ServeFlags.parse(["--\(setting.name)", sample] + Self.companions(of: setting)),
            environment: [:],
        )
        #expect(reading.mistakes == [])
        let changed = Setting.all.filter { reading.source(of: $0) != "default" }.map(\.name)
        #expect(changed.filter { !Self.companions(of: setting).contains("--\($0)") } == [setting.name])
        #expect(setting.show(reading.configuration) != setting.show(.standard))
    }

    @Test("The defaults are the documented ones")
    func defaults() {
        let shown = Dictionary(
            uniqueKeysWithValues: Setting.all.map { ($0.name, $0.show(.standard).plain) }
        )
        let documented = [
            "host": "127.0.0.1", "port": "8080", "ops-host": "127.0.0.1", "ops-port": "9090", "redis": "null",
            "redis-prefix": "cg", "default-room": "lobby", "history": "10000", "history-age": "1h",
            "history-bytes": "16777216", "heartbeat": "15s", "drain": "8s", "slow-limit": "1m", "linger": "10s",
            "probe": "1s", "max-body": "65536", "head-limit": "16384", "head-timeout": "10s", "body-timeout": "30s",
            "ops-key": "null", "max-streams-per-address": "0", "max-streams-per-user": "0", "max-rooms": "100",
            "connect-rate": "0", "message-rate-per-user": "0", "message-rate-per-address": "0", "message-burst": "20",
            "presence": "on", "presence-limit": "200", "presence-grace": "5s",
            "trusted-proxy": "[]", "forwarded-header": "x-forwarded-for",
            "idle-timeout": "75s", "cors-origin": "[]", "log-level": "notice", "log-format": "text", "auth": "open",
            "jwt-secret": "null",
            "auth-cookie": "null", "anonymous-read": "[]", "anonymous-write": "[]",
        ]
        for (name, value) in documented { #expect(shown[name] == value, "\(name)") }
        #expect(ServeConfiguration.standard.contradictions == [])
    }

    @Test("The README's table has every setting with its default", arguments: Setting.all)
    func readme(of setting: Setting) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let readme = try String(
            contentsOf: folder.deletingLastPathComponent().appending(path: "README.md"),
            encoding: .utf8
        )
        let standard = setting.standard ?? setting.show(.standard).plain
        #expect(readme.contains("\n| `--\(setting.name)` | \(standard) |"))
    }

    @Test("Each default is in its own range", arguments: Setting.all)
    func ranges(of setting: Setting) throws {
        var configuration = ServeConfiguration.standard
        switch setting.show(configuration) {
        case .null: break
        case .integer(let number): try setting.take(.int(number), &configuration)
        case .string(let text): try setting.take(.string(text), &configuration)
        case .list(let texts): try setting.take(.stringArray(texts), &configuration)
        }
    }

    /// Flags that the sample cannot be without.
    static func companions(of setting: Setting) -> [String] {
        switch setting.name {
        case "auth": ["--jwt-secret", String(repeating: "companion", count: 4)]
        case "tls-key": ["--tls-cert", "other"]
        case "redis-ca", "redis-cert": ["--redis", "rediss://127.0.0.1"]
        case "redis-key": ["--redis", "rediss://127.0.0.1", "--redis-cert", "other"]
        default: []
        }
    }

    private static let keyFile = sampleFile("0123456789abcdef\n")
    private static let redisFile = sampleFile("redis://127.0.0.1:6379/0\n")

    private static func sampleFile(_ text: String) -> URL {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try? text.write(to: file, atomically: true, encoding: .utf8)
        return file
    }

    /// A good value that is not the default.
    static func sample(for setting: Setting) -> String {
        switch setting.name {
        case "auth": "jwt"
        case "jwt-secret": String(repeating: "sample ", count: 5)
        case "jwt-jwks": "https://keys.example/jwks.json"
        case "redis": "redis://127.0.0.1:6379/0"
        case "cors-origin": "https://chat.example"
        case "log-level": "debug"
        case "log-format": "json"
        case "host": "192.0.2.1"
        case "ops-host": "127.0.0.2"
        case "ops-key": "0123456789abcdef"
        case "ops-key-file": keyFile.path
        case "redis-file": redisFile.path
        case "trusted-proxy": "10.0.0.0/8"
        case "forwarded-header": "forwarded"
        case "max-rooms", "presence-limit": "77"
        case "presence": "off"
        case "loops": "77"
        case "history-bytes": "777777"
        default: setting.placeholder == "duration" ? "7s" : setting.placeholder == "n" ? "7777" : "sample"
        }
    }
}

extension Setting: CustomTestStringConvertible {
    /// Its name, instead of everything that it holds.
    public var testDescription: String { name }
}
