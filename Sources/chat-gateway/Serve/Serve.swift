import ArgumentParser
import ChatGateway
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
        let environment = ProcessInfo.processInfo.environment
        let reading = await ConfigurationReading(flags: flags, environment: environment)
        let configuration = try reading.get()
        let tls = try ProcessTLS(configuration)
        let threshold = LogThreshold(configuration.logLevel)
        let logger = Logger(label: "chat-gateway") { _ in
            LineLogHandler(format: configuration.logFormat, threshold: threshold)
        }
        for warning in reading.warnings { logger.warning("\(warning)") }
        DescriptorLimit.raise()
        Terminal.notice()
        // Whoever goes away while something is written to him is an error of that write, not the end of the node.
        signal(SIGPIPE, SIG_IGN)
        let reloading = Reloading(
            flags: flags,
            environment: environment,
            started: configuration,
            live: LiveConfiguration(configuration.gateway),
            tls: tls,
            auth: try await ProcessAuth(configuration.auth, logger: logger),
            threshold: threshold,
            logger: logger
        )
        try await NodeProcess(configuration: configuration, reloading: reloading, logger: logger).run()
    }
}
