import FoundationEssentials
import Glibc

/// Holds listeners in further processes of this program, because one may not have enough descriptors.
struct ListenerProcesses: ListenerHost {
    static let partIsLost = "a process of the tester ended, and what its listeners saw is lost"

    private let plan: BenchPlan
    private let children: [ListenerChild]
    private let board: ProgressBoard

    /// Starts the processes, with this one's arguments.
    init(plan: BenchPlan) throws(BenchError) {
        var started: [ListenerChild] = []
        for part in 0..<plan.processes {
            let arguments = CommandLine.arguments + ["--run", plan.run.text, "--part", String(part)]
            started.append(try ListenerChild(arguments: arguments))
        }
        self.plan = plan
        children = started
        board = ProgressBoard(loops: plan.processes)
    }

    var progress: BenchProgress { board.total }
    var processes: [ObservedProcess] { children.map { ObservedProcess(pid: Int($0.pid)) } }

    func run() async throws -> [ListenerRecord] {
        try await withThrowingTaskGroup(of: ListenerRecord.self) { group in
            for part in children.indices {
                group.addTask {
                    try await BenchThread.run { try follow(part) }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    private func follow(_ part: Int) throws -> ListenerRecord {
        let child = children[part]
        defer { child.wait() }
        while let line = child.readLine() {
            let rest = line.drop { $0 != " " }.dropFirst()
            if line.hasPrefix("progress"), let progress = BenchProgress(line: rest) {
                board.post(progress, loop: part)
            } else if line.hasPrefix("result") {
                return try JSONDecoder().decode(ListenerRecord.self, from: Data(rest.utf8))
            }
        }
        // What the other processes saw is still worth a report.
        var lost = ListenerRecord()
        lost.seen.failed = plan.listeners(ofPart: part).count
        lost.seen.errors[Self.partIsLost] = 1
        board.post(BenchProgress(failed: lost.seen.failed, errors: 1), loop: part)
        return lost
    }

    func setWindow(_ window: Range<Int64>) {
        for child in children { child.write("window \(window.lowerBound) \(window.upperBound)\n") }
    }

    func stop() {
        for child in children { child.write("stop\n") }
    }
}
