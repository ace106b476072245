import FoundationEssentials
import Glibc

/// Holds listeners in further processes of this program, because one may not have enough descriptors.
struct ListenerProcesses: ListenerHost {
    private let children: [ListenerChild]
    private let board: ProgressBoard

    /// Starts the processes, with this one's arguments.
    init(plan: BenchPlan) throws(BenchError) {
        var started: [ListenerChild] = []
        for part in 0..<plan.processes {
            let arguments = CommandLine.arguments + ["--run", plan.run.text, "--part", String(part)]
            started.append(try ListenerChild(arguments: arguments))
        }
        children = started
        board = ProgressBoard(loops: plan.processes)
    }

    var progress: BenchProgress { board.total }
    var processes: [ObservedProcess] { children.map { ObservedProcess(pid: Int($0.pid)) } }

    func run() async throws -> [ListenerResult] {
        try await withThrowingTaskGroup(of: ListenerResult.self) { group in
            for (slot, child) in children.enumerated() {
                let board = board
                group.addTask {
                    try await BenchThread.run { try Self.follow(child, board, slot) }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    private static func follow(_ child: ListenerChild, _ board: ProgressBoard, _ slot: Int) throws -> ListenerResult {
        defer { child.wait() }
        while let line = child.readLine() {
            let rest = line.drop { $0 != " " }.dropFirst()
            if line.hasPrefix("progress"), let progress = BenchProgress(line: rest) {
                board.post(progress, loop: slot)
            } else if line.hasPrefix("result") {
                return try JSONDecoder().decode(ListenerResult.self, from: Data(rest.utf8))
            }
        }
        throw BenchError.unusable("a process that held listeners ended before the run did")
    }

    func setWindow(start: Int64, end: Int64) {
        for child in children { child.write("window \(start) \(end)\n") }
    }

    func stop() {
        for child in children { child.write("stop\n") }
    }
}
