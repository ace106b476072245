import ArgumentParser

/// The program: finds the command that the arguments name, runs it, and says in one line what went wrong.
@main
struct ChatGatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat-gateway",
        abstract: "A chat gateway: POST a message to any node, and the listeners of every node get it.",
        version: version,
        subcommands: [Serve.self, Bench.self, CheckConfig.self, Healthcheck.self, Doctor.self],
        defaultSubcommand: Serve.self,
    )

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            // Help and the version are errors to the parser, but not to whoever asked for them.
            guard !exitCode(for: error).isSuccess, !(error is ExitCode) else { exit(withError: error) }
            for line in message(for: error).split(separator: "\n") {
                Console.error.say("chat-gateway: \(line)")
            }
            // The doctor's and the load tester's 1 is about what they looked at, not about the question.
            exit(withError: Doctor.isAsked || Bench.isAsked ? ExitCode(2) : ExitCode.failure)
        }
    }
}
