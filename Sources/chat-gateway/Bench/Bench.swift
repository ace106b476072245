import ArgumentParser
import Glibc

/// `chat-gateway bench`: a load test of this gateway or of any other SSE server.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Test an SSE server with many listeners.",
        discussion: """
            Holds streams, publishes messages on a schedule that no slow answer changes, and measures from a message's \
            scheduled time to its last byte at each listener. Without further options it speaks to this gateway:

              chat-gateway bench --listeners 5000 --rate 20 --verify

            Any other server is described by its paths:

              chat-gateway bench --url http://127.0.0.1:8081 \\
                --stream-path '/sub/{room}' --publish-path '/pub/{room}' \\
                --publish-body '{payload}' --publish-type text/plain

            Exit code 0: the report is there; 1: no stream opened, --verify found messages lost untold, or a \
            process of the tester was killed; 2: the test could not be run.
            """,
        subcommands: [BenchMerge.self]
    )

    /// What tells the program that a mistake in the arguments is one of this command.
    static var isAsked: Bool { CommandLine.arguments.dropFirst().first == configuration.commandName }

    @OptionGroup var options: BenchOptions

    func run() async throws {
        let machine = Preflight.Machine.current()
        let plan = options.plan(cores: machine.cores.count)
        var resolved: [Endpoint] = []
        for target in plan.targets { resolved.append(try Endpoint(host: target.host, port: target.port)) }
        let endpoints = resolved
        if let part = options.part {
            try await ListenerPart(plan: plan, endpoints: endpoints, part: part).run()
            return
        }
        let servers = options.pid.map { ObservedProcess(pid: $0) }
        let preflight = Preflight(plan, endpoints: endpoints, servers: servers, machine: machine)
        guard preflight.obstacles.isEmpty else {
            throw ValidationError(preflight.obstacles.joined(separator: "\n"))
        }
        let output = BenchOutput(json: options.json, html: options.html)
        try output.check()
        for remark in preflight.remarks { Console.error.say("chat-gateway: \(remark)") }
        Interruption.watch()
        let host: any ListenerHost =
            plan.processes > 1
            ? try ListenerProcesses(plan: plan)
            : ListenerThreads(plan: plan, endpoints: endpoints, share: Array(0..<plan.listeners))
        let report = try await BenchRun(
            plan: plan,
            endpoints: endpoints,
            host: host,
            servers: servers,
            cores: machine.cores.count,
            remarks: preflight.remarks
        )
        .report()
        try output.write(report)
        if report.hasFailed { throw ExitCode(1) }
    }
}
