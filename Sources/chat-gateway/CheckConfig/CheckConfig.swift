import ArgumentParser
import Foundation

/// `chat-gateway check-config`: prints what `serve` would run with, or every mistake in it.
struct CheckConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the effective configuration as JSON, or every mistake in it.",
        usage: "chat-gateway check-config [options of serve]",
        discussion: ServeFlags.discussion,
    )

    @OptionGroup var flags: ServeFlags

    func run() async throws {
        let reading = await ConfigurationReading(flags: flags, environment: ProcessInfo.processInfo.environment)
        for warning in reading.warnings { Console.error.say("chat-gateway: warning: \(warning)") }
        _ = try ProcessTLS(try reading.get())
        Console.output.say(Self.report(of: reading))
    }

    /// A JSON object with one line for each setting: its value and where that comes from.
    static func report(of reading: ConfigurationReading) -> String {
        let lines = Setting.all.map { setting in
            let value = setting.show(reading.configuration).json
            let source = JSONText.quoted(reading.source(of: setting))
            return "  \(JSONText.quoted(setting.name)): {\"value\": \(value), \"source\": \(source)}"
        }
        return "{\n" + lines.joined(separator: ",\n") + "\n}"
    }
}
