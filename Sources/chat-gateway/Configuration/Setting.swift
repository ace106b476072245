import ChatGateway
import Configuration

/// One thing that can be set for `serve`: by a flag, a variable of the environment, or a member of the file.
///
/// ``all`` is the one table that flags, help, environment, file, `check-config` and complaints are made from.
struct Setting: Sendable {
    /// The name: the flag without `--`, and the key in the file.
    let name: String
    /// Where the parser of the arguments leaves the flag.
    let flag: Flag
    /// What stands for the value in the help.
    let placeholder: String
    /// What it does, one sentence.
    let summary: String
    /// Which values are allowed, in words.
    let allowed: String
    /// What holds where nobody says otherwise, in words, if it is not simply a value.
    let standard: String?
    /// Whether the value may hold a secret, so that no complaint repeats it.
    let isSecret: Bool
    /// How the value stands in the file: a string, a whole number or an array of strings.
    let type: ConfigType
    /// Reads a value into the configuration, or throws what is wrong with it.
    let take: @Sendable (ConfigContent, inout ServeConfiguration) throws(Unfit) -> Void
    /// The value that a configuration holds, without secrets.
    let show: @Sendable (ServeConfiguration) -> JSONText.Value
    /// Whether a running node takes over another value.
    private(set) var isLive = false
    /// Whether two configurations hold different secrets, which look alike where they are shown.
    var hidesChange: @Sendable (ServeConfiguration, ServeConfiguration) -> Bool = { _, _ in false }

    /// Where the parser of the arguments leaves a flag.
    enum Flag: Sendable {
        /// A flag that is given once.
        case single(KeyPath<ServeFlags, String?> & Sendable)
        /// A flag that can be repeated.
        case repeated(KeyPath<ServeFlags, [String]> & Sendable)
    }

    /// The name of the secret setting whose value the file holds that this one names; nil for any other setting.
    var secretName: String?

    /// The same setting, of which a running node takes over another value.
    var live: Setting {
        var setting = self
        setting.isLive = true
        return setting
    }

    /// Whether two configurations hold the same value.
    func isSame(_ left: ServeConfiguration, _ right: ServeConfiguration) -> Bool {
        show(left) == show(right) && !hidesChange(left, right)
    }

    /// The variable of the environment that sets it.
    var variable: String { Self.variable(of: name) }

    /// The variable of the environment that sets what the flag of this name sets.
    static func variable(of name: String) -> String {
        variablePrefix + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// What the names of all variables begin with.
    static let variablePrefix = "CHAT_GATEWAY_"

    /// The name of the one flag that is no setting: where the file is.
    static let file = "config"
}

extension Setting {
    /// A whole number.
    static func integer(
        _ name: String,
        _ flag: KeyPath<ServeFlags, String?> & Sendable,
        _ path: WritableKeyPath<ServeConfiguration, Int> & Sendable,
        in range: ClosedRange<Int>,
        standard: String? = nil,
        _ summary: String
    ) -> Setting {
        let allowed = "\(range.lowerBound) to \(range.upperBound)"
        return Setting(
            name: name,
            flag: .single(flag),
            placeholder: "n",
            summary: summary,
            allowed: allowed,
            standard: standard,
            isSecret: false,
            type: .int,
            take: { content, configuration throws(Unfit) in
                guard let number = content.integer else {
                    throw Unfit(reason: "\(content.quoted) is not a whole number")
                }
                guard range.contains(number) else { throw Unfit(reason: "\(number) is not in \(allowed)") }
                configuration[keyPath: path] = number
            },
            show: { .integer($0[keyPath: path]) },
        )
    }

    /// A duration.
    static func duration(
        _ name: String,
        _ flag: KeyPath<ServeFlags, String?> & Sendable,
        _ path: WritableKeyPath<ServeConfiguration, Duration> & Sendable,
        in range: ClosedRange<Duration>,
        _ summary: String
    ) -> Setting {
        let allowed = "\(DurationText.write(range.lowerBound)) to \(DurationText.write(range.upperBound))"
        return Setting(
            name: name,
            flag: .single(flag),
            placeholder: "duration",
            summary: summary,
            allowed: allowed,
            standard: nil,
            isSecret: false,
            type: .string,
            take: { content, configuration throws(Unfit) in
                guard let duration = DurationText.read(content.text) else {
                    throw Unfit(reason: "\(content.quoted) is not a duration such as 500ms, 15s, 10m or 1h")
                }
                guard range.contains(duration) else {
                    throw Unfit(reason: "\(DurationText.write(duration)) is not in \(allowed)")
                }
                configuration[keyPath: path] = duration
            },
            show: { .string(DurationText.write($0[keyPath: path])) },
        )
    }

    /// A text that must follow a rule.
    static func text(
        _ name: String,
        _ flag: KeyPath<ServeFlags, String?> & Sendable,
        _ path: WritableKeyPath<ServeConfiguration, String> & Sendable,
        placeholder: String,
        rule: TextRule,
        standard: String? = nil,
        _ summary: String
    ) -> Setting {
        Setting(
            name: name,
            flag: .single(flag),
            placeholder: placeholder,
            summary: summary,
            allowed: rule.words,
            standard: standard,
            isSecret: false,
            type: .string,
            take: { content, configuration throws(Unfit) in
                guard rule.allows(content.text) else {
                    throw Unfit(reason: "\(content.quoted) is not \(rule.words)")
                }
                configuration[keyPath: path] = content.text
            },
            show: { .string($0[keyPath: path]) },
        )
    }

    /// A file, or none.
    static func file(
        _ name: String,
        _ flag: KeyPath<ServeFlags, String?> & Sendable,
        _ path: WritableKeyPath<ServeConfiguration, String?> & Sendable,
        allowed: String,
        standard: String,
        _ summary: String
    ) -> Setting {
        Setting(
            name: name,
            flag: .single(flag),
            placeholder: "file",
            summary: summary,
            allowed: allowed,
            standard: standard,
            isSecret: false,
            type: .string,
            take: { content, configuration throws(Unfit) in
                guard !content.text.isEmpty else { throw Unfit(reason: "names no file") }
                configuration[keyPath: path] = content.text
            },
            show: { $0[keyPath: path].map { .string($0) } ?? .null },
        )
    }

    /// A list of texts that must each follow a rule; in the environment they are separated by commas.
    static func list(
        _ name: String,
        _ flag: KeyPath<ServeFlags, [String]> & Sendable,
        _ path: WritableKeyPath<ServeConfiguration, [String]> & Sendable,
        placeholder: String,
        rule: TextRule,
        standard: String,
        _ summary: String
    ) -> Setting {
        Setting(
            name: name,
            flag: .repeated(flag),
            placeholder: placeholder,
            summary: summary,
            allowed: rule.words,
            standard: standard,
            isSecret: false,
            type: .stringArray,
            take: { content, configuration throws(Unfit) in
                for text in content.texts where !rule.allows(text) {
                    throw Unfit(reason: "\(JSONText.quoted(text)) is not \(rule.words)")
                }
                configuration[keyPath: path] = content.texts
            },
            show: { .list($0[keyPath: path]) },
        )
    }

    /// One of a few words.
    static func choice<Word: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String,
        _ flag: KeyPath<ServeFlags, String?> & Sendable,
        _ path: WritableKeyPath<ServeConfiguration, Word> & Sendable,
        _ summary: String
    ) -> Setting {
        let allowed = Word.allCases.map(\.rawValue).joined(separator: ", ")
        return Setting(
            name: name,
            flag: .single(flag),
            placeholder: "word",
            summary: summary,
            allowed: "one of \(allowed)",
            standard: nil,
            isSecret: false,
            type: .string,
            take: { content, configuration throws(Unfit) in
                guard let word = Word(rawValue: content.text) else {
                    throw Unfit(reason: "\(content.quoted) is not one of \(allowed)")
                }
                configuration[keyPath: path] = word
            },
            show: { .string($0[keyPath: path].rawValue) },
        )
    }
}
