/// Something that is wrong with a setting, or worth a warning.
struct Mistake: Error, Hashable, CustomStringConvertible {
    /// Where it was found: `--port`, `CHAT_GATEWAY_PORT`, `FILE.json: "port"`.
    var source: String
    /// What is wrong, in one phrase.
    var reason: String

    var description: String { "\(source): \(reason)" }
}
