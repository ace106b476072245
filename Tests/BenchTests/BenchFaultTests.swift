import Foundation
import IntegrationSupport
import Testing

@testable import chat_gateway

/// A load test under way.
private struct Run {
    let child: ChildProcess
    private let folder: URL

    init(_ arguments: [String]) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "report.json").path
        child = try await ChildProcess(try GatewayProcess.program(), ["bench", "--json", file] + arguments)
    }

    /// Waits for the end; returns the report and what was printed.
    func report() async throws -> (ending: ChildProcess.Ending, report: BenchReport, text: String) {
        defer { try? FileManager.default.removeItem(at: folder) }
        let ending = try await child.end(within: .seconds(60))
        let text = child.text(of: .standard) + child.text(of: .error)
        return (ending, try BenchMerge.read(folder.appending(path: "report.json").path), text)
    }
}

/// Waits until a node has fanned messages out: its CPU time tells, which says nothing about how fast it is.
private func messagesFlow(through node: GatewayProcess) async throws {
    let process = ObservedProcess(pid: Int(node.child.pid))
    let before = process.cpuSeconds ?? 0
    try await eventually("messages flow", within: .seconds(20)) { (process.cpuSeconds ?? 0) > before + 0.1 }
}

@Suite("bench when something fails", .serialized)
struct BenchFaultTests {
    @Test("Streams that a proxy cuts come back where they were and miss nothing")
    func streamsThatAreCutComeBack() async throws {
        let node = try await GatewayProcess()
        let proxy = try await TCPProxy(to: node.port)
        let run = try await Run([
            "--url", "http://127.0.0.1:\(proxy.port)", "--listeners", "40", "--rooms", "2", "--rate", "100",
            "--duration",
            "3s", "--warm-up", "0s", "--connections", "4", "--verify", "--reconnect",
        ])
        try await messagesFlow(through: node)
        await proxy.cut()
        let (ending, report, text) = try await run.report()
        await proxy.close()
        await node.child.stop()
        #expect(ending == .exit(0), "\(text)")
        #expect(report.listeners.opened == 40)
        #expect(report.listeners.ended == 40 && report.listeners.reconnects == 40, "\(text)")
        #expect(text.contains("every message exactly once and in order: 0 lost"), "\(text)")
    }

    @Test("Listeners that stop reading get everything in the end, and as fast as acknowledged is possible too")
    func slowListenersGetEverything() async throws {
        let node = try await GatewayProcess()
        let run = try await Run([
            "--url", node.url, "--listeners", "20", "--unpaced", "--ramp-up", "100", "--duration", "500ms", "--warm-up",
            "100ms", "--connections", "4", "--verify", "--slow", "20%", "--threads", "1",
        ])
        let (ending, report, text) = try await run.report()
        await node.child.stop()
        #expect(ending == .exit(0), "\(text)")
        #expect(text.contains("every message exactly once and in order: 0 lost"), "\(text)")
        #expect(report.published.sent > 0)
        // Four of twenty have no latency, because theirs is their own doing.
        #expect(report.listeners.latency.count == UInt64(report.published.sent * 16), "\(text)")
        #expect(report.listeners.opening >= 190_000_000)
    }

    @Test("Streams that the server refuses are none, and its limits are named")
    func refusedStreamsAreNone() async throws {
        let node = try await GatewayProcess(["--max-streams", "20"])
        let run = try await Run(["--url", node.url, "--listeners", "50", "--duration", "300ms", "--verify"])
        let (ending, report, text) = try await run.report()
        await node.child.stop()
        #expect(ending == .exit(0), "\(text)")
        #expect(report.listeners.opened == 20 && report.listeners.failed == 30, "\(text)")
        #expect(report.listeners.byes["overloaded"] == 30, "\(text)")
        #expect(report.isLimited)
        #expect(text.contains("20 streams were open when the window began"), "\(text)")
    }

    @Test("A limit on messages is named, and what was refused is not lost")
    func refusedMessagesAreNotLost() async throws {
        let node = try await GatewayProcess(["--message-rate-per-address", "5", "--message-burst", "5"])
        let run = try await Run([
            "--url", node.url, "--listeners", "5", "--rate", "100", "--duration", "500ms", "--connections", "1",
            "--verify",
        ])
        let (ending, report, text) = try await run.report()
        await node.child.stop()
        #expect(ending == .exit(0), "\(text)")
        #expect(report.errors["publish answered 429"] ?? 0 > 0, "\(text)")
        #expect(text.contains("limited      the server refuses by its limits"), "\(text)")
        #expect(report.verdict?.isComplete == true)
    }

    @Test("A server that is killed is reported, with what there was before")
    func serverThatIsKilled() async throws {
        let node = try await GatewayProcess()
        let run = try await Run([
            "--url", node.url, "--listeners", "20", "--rate", "100", "--duration", "3s", "--warm-up", "0s", "--pid",
            "\(node.child.pid)", "--settle", "1s",
        ])
        try await messagesFlow(through: node)
        await node.child.kill()
        let (ending, report, text) = try await run.report()
        #expect(ending == .exit(0), "\(text)")
        #expect(report.listeners.ended == 20)
        #expect(report.published.unsent > 0)
        #expect(text.contains("server \(node.child.pid)  HAS ENDED during the run"), "\(text)")
        #expect(text.contains("messages never left"), "\(text)")
        #expect(text.contains("publisher's connect: Connection refused"), "\(text)")
    }

    @Test("Where one of the tester's own processes is killed, the others' part is reported: exit code 1")
    func processOfTheTesterIsKilled() async throws {
        let node = try await GatewayProcess()
        let run = try await Run([
            "--url", node.url, "--listeners", "20", "--processes", "2", "--rate", "50", "--duration", "2s", "--verify",
        ])
        try await messagesFlow(through: node)
        let victim = try #require(run.child.children.first)
        kill(victim, SIGKILL)
        let (ending, report, text) = try await run.report()
        await node.child.stop()
        #expect(ending == .exit(1), "\(text)")
        #expect(report.listeners.opened == 10 && report.listeners.failed == 10, "\(text)")
        #expect(report.tester.cpuSeconds >= 0)
        #expect(text.contains("a process of the tester ended"), "\(text)")
        #expect(!text.contains("every message exactly once"), "\(text)")
    }

    @Test(
        "What cannot be run is one clear line and exit code 2",
        arguments: [
            (["bench", "--json", "/nowhere/report.json"], "/nowhere/report.json: No such file"),
            (["bench", "--html", "/"], "/: Is a directory"), (["bench", "--rate", "x"], "rate"),
            (["bench", "--pid", "999999999"], "there is no such process"),
            (["bench", "--url", "http://name.invalid"], "cannot resolve name.invalid"),
            (["bench", "merge", "/nowhere.json"], "/nowhere.json: No such file"),
            (["bench", "merge", "/"], "/: not a report"),
        ]
    )
    func whatCannotBeRun(arguments: [String], named: String) async throws {
        let child = try await ChildProcess(try GatewayProcess.program(), arguments)
        let ending = try await child.end(within: .seconds(60))
        #expect(ending == .exit(2))
        #expect(child.text(of: .error).contains(named), "\(child.text(of: .error))")
        #expect(child.text(of: .standard).isEmpty)
    }
}
