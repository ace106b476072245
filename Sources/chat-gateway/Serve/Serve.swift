import ArgumentParser

/// `chat-gateway serve`: runs a node until it is told to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run a node.")

    func run() async throws {}
}
