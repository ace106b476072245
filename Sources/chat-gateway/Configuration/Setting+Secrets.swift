import ChatGateway
import Foundation

extension Setting {
    /// A text that is never shown.
    static func secret(
        _ name: String,
        _ flag: KeyPath<ServeFlags, String?> & Sendable,
        _ path: WritableKeyPath<ServeConfiguration, Secret?> & Sendable,
        rule: TextRule,
        _ summary: String
    ) -> Setting {
        Setting(
            name: name,
            flag: .single(flag),
            placeholder: "secret",
            summary: summary,
            allowed: rule.words,
            standard: "none",
            isSecret: true,
            type: .string,
            take: { content, configuration throws(Unfit) in
                guard rule.allows(content.text) else { throw Unfit(reason: "the value is not \(rule.words)") }
                configuration[keyPath: path] = Secret(content.text)
                configuration.secretFiles[name] = nil
            },
            show: { $0[keyPath: path] == nil ? .null : .string("(secret)") },
            hidesChange: { $0[keyPath: path] != $1[keyPath: path] },
        )
    }

    /// The file that holds what a secret setting would be given, so that it stands in no list of processes and in no
    /// environment; read at the start and at every reload.
    static func file(
        of setting: Setting,
        _ flag: KeyPath<ServeFlags, String?> & Sendable
    ) -> Setting {
        let name = setting.name
        var file = Setting(
            name: name + "-file",
            flag: .single(flag),
            placeholder: "path",
            summary: "The file that holds --\(name).",
            allowed: "a path",
            standard: "none",
            isSecret: false,
            type: .string,
            take: { content, configuration throws(Unfit) in
                try setting.take(.string(try read(content.text)), &configuration)
                configuration.secretFiles[name] = content.text
            },
            show: { $0.secretFiles[name].map { .string($0) } ?? .null },
        )
        file.secretName = name
        return setting.isLive ? file.live : file
    }

    private static func read(_ path: String) throws(Unfit) -> String {
        let bytes: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            bytes = try file.read(upToCount: 65_537) ?? Data()
        } catch {
            throw Unfit(reason: "\(JSONText.quoted(String(path.prefix(200)))) cannot be read")
        }
        guard bytes.count <= 65_536, var text = String(data: bytes, encoding: .utf8) else {
            throw Unfit(reason: "\(JSONText.quoted(String(path.prefix(200)))) is no text of at most 64 KiB")
        }
        // Editors end a file with an end of line.
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}
