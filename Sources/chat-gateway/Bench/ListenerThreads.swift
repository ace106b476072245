/// Holds listeners on threads of this process.
struct ListenerThreads: ListenerHost {
    private let plan: BenchPlan
    private let endpoints: [Endpoint]
    private let share: [Int]
    private let board: ProgressBoard
    private let control = RunControl()

    /// Takes a share of the plan's listeners over.
    init(plan: BenchPlan, endpoints: [Endpoint], share: [Int]) {
        self.plan = plan
        self.endpoints = endpoints
        self.share = share
        board = ProgressBoard(loops: plan.threads)
    }

    var progress: BenchProgress { board.total }
    var processes: [ObservedProcess] { [] }

    func run() async throws -> [ListenerRecord] {
        try await withThrowingTaskGroup(of: ListenerRecord.self) { group in
            for thread in 0..<plan.threads {
                let (plan, endpoints, control, board) = (plan, endpoints, control, board)
                let part = stride(from: thread, to: share.count, by: plan.threads).map { share[$0] }
                group.addTask {
                    try await BenchThread.run {
                        try ListenerLoop(
                            plan: plan,
                            endpoints: endpoints,
                            share: part,
                            control: control,
                            board: board,
                            slot: thread
                        )
                        .run()
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    func setWindow(_ window: Range<Int64>) {
        control.setWindow(window)
    }

    func stop() {
        control.stop()
    }
}
