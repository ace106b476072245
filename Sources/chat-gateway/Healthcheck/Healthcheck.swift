import ArgumentParser

/// `chat-gateway healthcheck`: asks the node on this machine whether it is ready.
struct Healthcheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask the node on this machine whether it is ready; exit 0 or 1."
    )

    func run() async throws {}
}
