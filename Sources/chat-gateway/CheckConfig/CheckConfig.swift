import ArgumentParser

/// `chat-gateway check-config`: prints what `serve` would run with, or every mistake in it.
struct CheckConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the effective configuration as JSON, or every mistake in it."
    )

    func run() async throws {}
}
