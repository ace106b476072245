import ArgumentParser
import Foundation
import Logging

/// `chat-gateway serve`: runs a node until it is told to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a node until SIGTERM or SIGINT; a second one ends it at once.",
        usage: "chat-gateway serve [options]",
        discussion: ServeFlags.discussion,
    )

    @OptionGroup var flags: ServeFlags

    func run() async throws {
        let reading = await ConfigurationReading(flags: flags, environment: ProcessInfo.processInfo.environment)
        let configuration = try reading.get()
        let logger = Logger(label: "chat-gateway") { _ in
            LineLogHandler(format: configuration.logFormat, level: configuration.logLevel)
        }
        for warning in reading.warnings { logger.warning("\(warning)") }
        DescriptorLimit.raise()
        // Whoever goes away while something is written to him is an error of that write, not the end of the node.
        signal(SIGPIPE, SIG_IGN)
        try await NodeProcess(configuration: configuration, logger: logger).run()
    }
}
