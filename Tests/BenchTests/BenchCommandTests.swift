import Foundation
import IntegrationSupport
import Testing

@testable import chat_gateway

/// The floor of the benchmarks, built by the C compiler and running on a port of its own.
private struct Floor {
    let child: ChildProcess
    let url: String
    private let program: URL

    init() async throws {
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Benchmarks/floor.c")
        program = FileManager.default.temporaryDirectory.appending(path: "floor-\(UUID())")
        _ = try await ChildProcess.output(of: "cc", ["-O2", "-o", program.path, source.path])
        child = try await ChildProcess(program.path, ["0"])
        url = "http://127.0.0.1:" + (try await child.line(of: .standard) { Int($0) != nil })
    }

    func stop() async {
        await child.kill()
        try? FileManager.default.removeItem(at: program)
    }
}

private func bench(_ arguments: [String]) async throws -> (ending: ChildProcess.Ending, text: String) {
    let child = try await ChildProcess(try GatewayProcess.program(), ["bench"] + arguments)
    let ending = try await child.end(within: .seconds(60))
    return (ending, child.text(of: .standard) + child.text(of: .error))
}

@Suite("bench", .serialized)
struct BenchCommandTests {
    @Test("Fifty listeners in two processes get every message of a real server, and the reports join")
    func everyMessageOfARealServer() async throws {
        let floor = try await Floor()
        let folder = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "report.json").path
        let (ending, text) = try await bench([
            "--url", floor.url, "--listeners", "50", "--processes", "2", "--rate", "50", "--duration", "1s",
            "--warm-up", "200ms", "--connections", "4", "--verify", "--pid", "\(floor.child.pid)", "--json", file,
            "--html", folder.appending(path: "report.html").path,
        ])
        await floor.stop()
        #expect(ending == .exit(0), "\(text)")
        let report = try BenchMerge.read(file)
        #expect(report.listeners.opened == 50)
        #expect(report.published.acknowledged > 0)
        #expect(report.listeners.latency.count == UInt64(report.published.sent * 50))
        #expect(report.verdict.map { $0.isClean && $0.expected > 0 } == true, "\(text)")
        #expect(report.errors.isEmpty && report.servers.count == 1)
        let page = try String(contentsOf: folder.appending(path: "report.html"), encoding: .utf8)
        #expect(page.contains("<svg") && page.contains("50 of 50 opened"))
        let joined = try await ChildProcess.output(of: GatewayProcess.program(), ["bench", "merge", file, file])
        #expect(joined.contains("100 of 100 opened"))
    }

    @Test("Without paths it speaks to the gateway, with several rooms on each stream too")
    func withoutPathsItSpeaksToTheGateway() async throws {
        let node = try await GatewayProcess()
        let (ending, text) = try await bench([
            "--url", node.url, "--listeners", "50", "--rooms", "5", "--rooms-per-listener", "2", "--rate", "100",
            "--duration", "1s", "--warm-up", "200ms", "--connections", "8", "--verify", "--reconnect",
        ])
        await node.child.stop()
        #expect(ending == .exit(0), "\(text)")
        #expect(text.contains("50 of 50 opened"), "\(text)")
        #expect(text.contains("every message exactly once and in order: 0 lost"), "\(text)")
    }

    @Test(
        "Two servers that do not know of each other lose each other's messages: exit code 1",
        arguments: ["0s", "1s", "5s"]
    )
    func serversThatDoNotKnowOfEachOtherLose(settle: String) async throws {
        let floors = [try await Floor(), try await Floor()]
        let (ending, text) = try await bench([
            "--url", floors[0].url, "--url", floors[1].url, "--listeners", "4", "--rate", "20", "--duration", "300ms",
            "--warm-up", "0s", "--settle", settle, "--connections", "2", "--verify",
        ])
        for floor in floors { await floor.stop() }
        #expect(ending == .exit(1), "\(text)")
        #expect(text.contains("12 lost untold"), "\(text)")
    }

    @Test("Who never comes back hides nothing that the others have lost")
    func whoNeverComesBackHidesNothing() async throws {
        let floors = [try await Floor(), try await Floor()]
        let child = try await ChildProcess(
            GatewayProcess.program(),
            [
                "bench", "--url", floors[0].url, "--url", floors[1].url, "--listeners", "40", "--connections", "2",
                "--rate", "400", "--duration", "3s", "--warm-up", "0s", "--settle", "3s", "--verify", "--reconnect",
            ]
        )
        try await eventually("messages flow", within: .seconds(20)) {
            (ObservedProcess(pid: Int(floors[1].child.pid)).cpuSeconds ?? 0) > 0.01
        }
        await floors[1].child.kill()
        let ending = try await child.end(within: .seconds(60))
        for floor in floors { await floor.stop() }
        #expect(ending == .exit(1), "\(child.text(of: .standard))")
        #expect(!child.text(of: .standard).contains("still under way"), "\(child.text(of: .standard))")
    }

    @Test("A server that knows no rooms lets messages stray")
    func serverThatKnowsNoRoomsLetsMessagesStray() async throws {
        let floor = try await Floor()
        // Without a number in their paths all rooms are one to the floor.
        let (ending, text) = try await bench([
            "--url", floor.url, "--listeners", "4", "--rooms", "2", "--rate", "20", "--duration", "300ms", "--warm-up",
            "0s", "--settle", "1s", "--verify", "--stream-path", "/stream", "--publish-path", "/publish",
        ])
        await floor.stop()
        #expect(ending == .exit(0), "\(text)")
        #expect(text.contains(" 0 lost untold") && text.contains("12 strayed"), "\(text)")
    }

    @Test("Any server is spoken to by its own paths, body and type")
    func anyServerIsSpokenToByItsOwnPaths() async throws {
        let floor = try await Floor()
        let (ending, text) = try await bench([
            "--url", floor.url, "--listeners", "30", "--rooms", "3", "--rate", "60", "--duration", "500ms", "--warm-up",
            "0s", "--verify", "--stream-path", "/sub/{room}", "--publish-path", "/pub/{room}", "--publish-body",
            "{payload}", "--publish-type", "text/plain",
        ])
        await floor.stop()
        #expect(ending == .exit(0), "\(text)")
        #expect(text.contains("every message exactly once and in order: 0 lost"), "\(text)")
    }

    @Test("Ctrl-C prints what there is")
    func interruptionPrintsWhatThereIs() async throws {
        let floor = try await Floor()
        let child = try await ChildProcess(
            GatewayProcess.program(),
            ["bench", "--url", floor.url, "--listeners", "10", "--rate", "100", "--duration", "60s"]
        )
        // The line that comes five seconds into a run says that it is measuring; the publisher's traffic says it earlier.
        try await eventually("messages flow", within: .seconds(20)) {
            (ObservedProcess(pid: Int(floor.child.pid)).cpuSeconds ?? 0) > 0.02
        }
        child.signal(SIGINT)
        let ending = try await child.end(within: .seconds(20))
        await floor.stop()
        #expect(ending == .exit(0))
        #expect(child.text(of: .standard).contains("ended before its time"))
        #expect(child.text(of: .standard).contains("listeners    10 of 10 opened"))
    }

    @Test(
        "Ctrl-C before the window prints what there is, from processes too",
        arguments: [
            ["--ramp-up", "5", "--listeners", "1000"], ["--warm-up", "10m", "--listeners", "10", "--processes", "2"],
        ]
    )
    func interruptionBeforeTheWindow(arguments: [String]) async throws {
        let floor = try await Floor()
        let common = ["bench", "--url", floor.url, "--pid", "\(floor.child.pid)"]
        let child = try await ChildProcess(GatewayProcess.program(), common + arguments)
        // A connection of the tester's is seen as one of the floor's descriptors.
        try await eventually("streams are open", within: .seconds(20)) {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/\(floor.child.pid)/fd").count > 10
        }
        child.signal(SIGTERM)
        let ending = try await child.end(within: .seconds(20))
        await floor.stop()
        #expect(ending == .exit(0))
        let text = child.text(of: .standard)
        #expect(text.contains("nothing: ended before the measured window"), "\(text)")
        #expect(!text.contains(" 0 of 10"), "\(text)")
        #expect(!text.contains("error") && !text.contains("- %"), "\(text)")
    }

    @Test("A server that is not there is one clear line and exit code 1")
    func serverThatIsNotThere() async throws {
        let (ending, text) = try await bench(["--url", "http://127.0.0.1:1", "--listeners", "2", "--duration", "1s"])
        #expect(ending == .exit(1))
        #expect(text.contains("0 of 2 opened"))
        #expect(text.contains("connect: Connection refused"))
    }
}
