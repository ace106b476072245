import Glibc

/// Runs a load test from opening the streams to the report.
struct BenchRun {
    private static let openTimeout: Int64 = 30_000_000_000
    private static let second: Int64 = 1_000_000_000

    let plan: BenchPlan
    let endpoints: [Endpoint]
    let host: any ListenerHost
    let servers: [ObservedProcess]
    let cores: Int
    let remarks: [String]

    /// What is looked at from outside at a moment.
    private struct Sample {
        var servers: [Double]
        var tester: Double
    }

    func report() async throws -> BenchReport {
        let before = servers.map { $0.residentKiB ?? 0 }
        let start = sample()
        async let listening = host.run()
        defer { host.stop() }
        var line = ProgressLine()
        try await openStreams(&line)
        guard host.progress.up > 0, !Interruption.hasCome else {
            host.stop()
            line.clear()
            return assemble(
                PublisherResult(),
                isUnfinished: false,
                try await listening,
                window: Double(plan.window) / 1e9,
                opening: (start, start),
                usage: (start, start),
                memory: (before, before, before)
            )
        }
        let opened = sample()
        let withStreams = servers.map { $0.residentKiB ?? 0 }

        let publishing = MonotonicClock.now() + Self.second / 4
        var window = publishing + plan.warmUp..<publishing + plan.warmUp + plan.window
        let control = RunControl()
        control.setWindow(start: window.lowerBound, end: window.upperBound)
        host.setWindow(start: window.lowerBound, end: window.upperBound)
        async let published = publish(from: publishing, control)
        try await pause(until: window.lowerBound, "warming up", &line)
        let first = sample()
        try await pause(until: window.upperBound, "measuring", &line)
        let now = MonotonicClock.now()
        if now < window.upperBound {
            window = window.lowerBound..<max(window.lowerBound + 1, now)
            control.endWindow(at: window.upperBound)
            host.setWindow(start: window.lowerBound, end: window.upperBound)
        }
        let last = sample()
        let residentAtEnd = servers.map { $0.residentKiB ?? 0 }
        let sent = try await published
        let isUnfinished = try await !settle(sent, &line)
        host.stop()
        line.clear()
        return assemble(
            sent,
            isUnfinished: isUnfinished,
            try await listening,
            window: Double(window.count) / 1e9,
            opening: (start, opened),
            usage: (first, last),
            memory: (before, withStreams, residentAtEnd)
        )
    }

    // MARK: Phases

    private func openStreams(_ line: inout ProgressLine) async throws {
        let ramp = plan.rampUp > 0 ? Int64(Double(plan.listeners) / plan.rampUp * 1e9) : 0
        let deadline = MonotonicClock.now() + ramp + Self.openTimeout
        while MonotonicClock.now() < deadline, !Interruption.hasCome {
            let progress = host.progress
            if progress.up + progress.failed + progress.ended >= plan.listeners { break }
            line.show("opening", progress, listeners: plan.listeners)
            try await Task.sleep(for: .milliseconds(20))
        }
        // What the server does after the last stream's head belongs to opening it.
        try await Task.sleep(for: .milliseconds(500))
    }

    private func pause(until time: Int64, _ label: String, _ line: inout ProgressLine) async throws {
        while !Interruption.hasCome {
            let left = time - MonotonicClock.now()
            guard left > 0 else { return }
            line.show(label, host.progress, listeners: plan.listeners)
            try await Task.sleep(for: .nanoseconds(min(left, 50_000_000)))
        }
    }

    private func publish(from start: Int64, _ control: RunControl) async throws -> PublisherResult {
        guard plan.load != .none else { return PublisherResult() }
        let (plan, endpoints) = (plan, endpoints)
        return try await BenchThread.run {
            try PublisherLoop(plan: plan, endpoints: endpoints, control: control).run(from: start)
        }
    }

    /// Waits until everybody has everything that was acknowledged, or nothing more comes; returns whether either is so.
    private func settle(_ sent: PublisherResult, _ line: inout ProgressLine) async throws -> Bool {
        let counts = sent.log.acknowledgedCounts(rooms: plan.rooms)
        var expected = 0
        for listener in 0..<plan.listeners {
            for room in plan.rooms(ofListener: listener) { expected += counts[room] }
        }
        let deadline = MonotonicClock.now() + plan.settle
        var last = (received: -1, time: MonotonicClock.now())
        var isSettled = false
        while MonotonicClock.now() < deadline, !Interruption.hasCome {
            let received = host.progress.received
            isSettled = received >= expected
            let now = MonotonicClock.now()
            if received != last.received { last = (received, now) }
            if now - last.time > 2 * Self.second { isSettled = true }
            if isSettled { break }
            line.show("settling", host.progress, listeners: plan.listeners)
            try await Task.sleep(for: .milliseconds(50))
        }
        // One more for repetitions.
        try await Task.sleep(for: .milliseconds(100))
        return isSettled
    }

    // MARK: Figures

    private func sample() -> Sample {
        let own = [ObservedProcess(pid: Int(getpid()))] + host.processes
        return Sample(
            servers: servers.map { $0.cpuSeconds ?? 0 },
            tester: own.reduce(0) { $0 + ($1.cpuSeconds ?? 0) }
        )
    }

    private func assemble(
        _ sent: PublisherResult,
        isUnfinished: Bool,
        _ results: [ListenerResult],
        window: Double,
        opening: (first: Sample, last: Sample),
        usage: (first: Sample, last: Sample),
        memory: (before: [Double], withStreams: [Double], atEnd: [Double])
    ) -> BenchReport {
        var seen = ListenerResult()
        for result in results { seen.add(result) }
        let verdict =
            plan.verifies
            ? Verification(rooms: plan.rooms, published: sent.log, isUnfinished: isUnfinished).verdict(seen.verifiers)
            : nil
        var spread = LatencyHistogram()
        for (first, last) in zip(seen.firstSeen, seen.lastSeen) where first > 0 {
            spread.record(nanoseconds: last - first)
        }
        let errors = seen.errors.merging(sent.errors, uniquingKeysWith: +)
        let busiest = Double(max(seen.busiest, sent.usage)) / 1e9 / window
        seen.verifiers = []
        seen.firstSeen = []
        seen.lastSeen = []
        seen.errors = [:]
        return BenchReport(
            settings: settings(window),
            published: BenchReport.Published(
                offered: sent.offered,
                sent: sent.sent,
                acknowledged: sent.acknowledged,
                latency: sent.latency
            ),
            listeners: seen,
            spread: spread,
            errors: errors,
            servers: servers.indices.map {
                ServerUsage(
                    pid: servers[$0].pid,
                    cpuSeconds: usage.last.servers[$0] - usage.first.servers[$0],
                    openingCPUSeconds: opening.last.servers[$0] - opening.first.servers[$0],
                    residentKiBBefore: memory.before[$0],
                    residentKiBWithStreams: memory.withStreams[$0],
                    residentKiBAtEnd: memory.atEnd[$0]
                )
            },
            tester: TesterUsage(
                cpuSeconds: usage.last.tester - usage.first.tester,
                openingCPUSeconds: opening.last.tester - opening.first.tester,
                busiestThread: busiest,
                cores: cores,
                window: window
            ),
            verdict: verdict,
            remarks: remarks,
            wasInterrupted: Interruption.hasCome
        )
    }

    private func settings(_ window: Double) -> BenchReport.Settings {
        var rate = 0.0
        if case .rate(let value) = plan.load { rate = value }
        return BenchReport.Settings(
            targets: plan.targets.map { "http://\($0.authority)\($0.prefix)" },
            listeners: plan.listeners,
            rooms: plan.rooms,
            roomsPerListener: plan.roomsPerListener,
            rate: rate,
            isUnpaced: plan.load == .unpaced,
            connections: plan.connections,
            payload: plan.payload,
            window: window,
            slow: plan.slow
        )
    }
}
