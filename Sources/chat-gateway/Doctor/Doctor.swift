import ArgumentParser

/// `chat-gateway doctor URL`: tests the way to a gateway through the proxies in front of it.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Test the way to a gateway through its proxies.",
        discussion: """
            Opens streams and posts messages as browsers would, says what the proxies do to them, and which lines of \
            nginx's configuration to change:

              chat-gateway doctor https://chat.example

            Without --room it uses a room with a random name, so that nobody is disturbed. \
            Exit code 0: no problem was found; 1: there is one; 2: wrong options.
            """,
    )

    /// What tells the program that a mistake in the arguments is one of this command.
    static var isAsked: Bool { CommandLine.arguments.dropFirst().first == configuration.commandName }

    @OptionGroup var options: DoctorOptions

    func run() async throws {
        let plan = try options.plan()
        var report = DoctorReport(url: plan.address.url(""))
        await Examination(plan: plan)
            .run(
                announce: { Console.error.say("chat-gateway: \($0)") },
                report: { check in
                    report.checks.append(check)
                    for line in CheckText.lines(of: check) { Console.output.say(line) }
                },
            )
        Console.output.say(CheckText.summary(of: report))
        if let json = options.json { try report.write(to: json) }
        if report.problems > 0 { throw ExitCode(1) }
    }
}
