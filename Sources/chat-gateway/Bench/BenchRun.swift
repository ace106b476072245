import Glibc

/// Runs a load test from opening the streams to the report.
struct BenchRun {
    private static let second: Int64 = 1_000_000_000
    /// How long no further stream may open before the run goes on without the rest.
    private static let openPatience = 30 * second
    /// How long nothing may come before what is missing is thought not to come any more.
    private static let silence = 2 * second
    /// The same where as many deliveries have come as there have to be.
    private static let pause = second / 4

    let plan: BenchPlan
    let endpoints: [Endpoint]
    let host: any ListenerHost
    let servers: [ObservedProcess]
    let cores: Int
    let remarks: [String]
    private let publisherBoard = ProgressBoard(loops: 1)

    init(
        plan: BenchPlan,
        endpoints: [Endpoint],
        host: any ListenerHost,
        servers: [ObservedProcess],
        cores: Int,
        remarks: [String]
    ) {
        self.plan = plan
        self.endpoints = endpoints
        self.host = host
        self.servers = servers
        self.cores = cores
        self.remarks = remarks
    }

    /// What processes have used by a moment; nil: that one is no more.
    private struct Sample {
        /// In seconds since 1970.
        var time: Double
        var serverCPUSeconds: [Double?]
        var residentKiB: [Double?]
        /// Of the tester's processes.
        var testerCPUSeconds: [Double?]
    }

    /// What publishing and the measured window gave.
    private struct Measurement {
        var window: Range<Int64>
        var first: Sample
        var last: Sample
        var sent: PublisherResult
        var isUnfinished: Bool
    }

    func report() async throws -> BenchReport {
        let before = sample()
        async let listening = host.run()
        defer { host.stop() }
        var line = ProgressLine()
        try await openStreams(&line)
        let opened = sample()
        let streams = host.progress.up
        var measurement: Measurement?
        if streams > 0, !Interruption.hasCome { measurement = try await measure(&line) }
        host.stop()
        line.clear()
        return assemble(try await listening, before: before, opened: opened, streams: streams, measurement)
    }

    // MARK: Phases

    private func openStreams(_ line: inout ProgressLine) async throws {
        // Each loop ramps its own part up, so that as many streams as there are loops may open at once.
        let ramp = plan.rampUp > 0 ? Int64(Double(plan.threads * plan.processes) * 1e9 / plan.rampUp) : 0
        var last = (up: 0, time: MonotonicClock.now())
        while !Interruption.hasCome {
            let progress = host.progress
            if progress.up + progress.failed + progress.ended >= plan.listeners { break }
            let now = MonotonicClock.now()
            if progress.up > last.up { last = (progress.up, now) }
            if now - last.time > Self.openPatience + ramp { break }
            line.show("opening", progress, listeners: plan.listeners)
            try await Task.sleep(for: .milliseconds(20))
        }
        // What the server does after the last stream's head belongs to opening it.
        try await Task.sleep(for: .milliseconds(500))
    }

    private func measure(_ line: inout ProgressLine) async throws -> Measurement {
        let publishing = MonotonicClock.now() + Self.second / 4
        var window = publishing + plan.warmUp..<publishing + plan.warmUp + plan.window
        let control = RunControl()
        control.setWindow(window)
        host.setWindow(window)
        async let published = publish(from: publishing, control)
        try await pause(until: window.lowerBound, "warming up", &line)
        let first = sample()
        try await pause(until: window.upperBound, "measuring", &line)
        let now = MonotonicClock.now()
        if now < window.upperBound {
            window = min(window.lowerBound, now)..<now
            control.setWindow(window)
            host.setWindow(window)
        }
        let last = sample()
        let sent = try await published
        let isSettled = try await settle(sent, window, &line)
        return Measurement(window: window, first: first, last: last, sent: sent, isUnfinished: !isSettled)
    }

    private func pause(until time: Int64, _ label: String, _ line: inout ProgressLine) async throws {
        while !Interruption.hasCome {
            let left = time - MonotonicClock.now()
            guard left > 0 else { return }
            line.show(label, progress, listeners: plan.listeners)
            try await Task.sleep(for: .nanoseconds(min(left, 50_000_000)))
        }
    }

    private func publish(from start: Int64, _ control: RunControl) async throws -> PublisherResult {
        guard plan.load != .none else { return PublisherResult(plan) }
        let (plan, endpoints, board) = (plan, endpoints, publisherBoard)
        return try await BenchThread.run {
            try PublisherLoop(plan: plan, endpoints: endpoints, control: control, board: board).run(from: start)
        }
    }

    /// Waits until everybody has everything that was acknowledged and nothing more comes; returns whether nothing does.
    private func settle(
        _ sent: PublisherResult,
        _ window: Range<Int64>,
        _ line: inout ProgressLine
    ) async throws -> Bool {
        var expected = 0
        for listener in 0..<plan.listeners {
            for room in plan.rooms(ofListener: listener) { expected += sent.log.acknowledgedCounts[room] }
        }
        var last = (received: progress.received, time: MonotonicClock.now())
        let deadline = max(window.upperBound + plan.settle, last.time + Self.silence + Self.pause)
        var isSilent = false
        while MonotonicClock.now() < deadline, !Interruption.hasCome {
            let progress = progress
            let now = MonotonicClock.now()
            if progress.received != last.received { last = (progress.received, now) }
            // What was not acknowledged, or came again, is received too: that there is enough does not say that all have it.
            isSilent = now - last.time > (progress.received >= expected ? Self.pause : Self.silence)
            // Who is away gets what was missed only when coming back.
            let isAway = progress.up + progress.failed + progress.ended < plan.listeners
            if isSilent, !isAway { break }
            line.show("settling", progress, listeners: plan.listeners)
            try await Task.sleep(for: .milliseconds(50))
        }
        return isSilent
    }

    private var progress: BenchProgress {
        var progress = host.progress
        progress.add(publisherBoard.total)
        return progress
    }

    private func sample() -> Sample {
        let own = [ObservedProcess(pid: Int(getpid()))] + host.processes
        return Sample(
            time: Double(MonotonicClock.read(CLOCK_REALTIME)) / 1e9,
            serverCPUSeconds: servers.map(\.cpuSeconds),
            residentKiB: servers.map(\.residentKiB),
            testerCPUSeconds: own.map(\.cpuSeconds)
        )
    }

    // MARK: Figures

    private func assemble(
        _ records: [ListenerRecord],
        before: Sample,
        opened: Sample,
        streams: Int,
        _ measurement: Measurement?
    ) -> BenchReport {
        var record = ListenerRecord()
        for other in records { record.add(other) }
        let sent = measurement?.sent ?? PublisherResult(plan)
        let seconds = Double(measurement?.window.count ?? 0) / 1e9
        var verdict: Verdict?
        if plan.verifies {
            let isUnfinished = measurement?.isUnfinished ?? false
            verdict = Verification(rooms: plan.rooms, published: sent.log, isUnfinished: isUnfinished)
                .verdict(record.verifiers)
        }
        let errors = record.seen.errors.merging(sent.errors, uniquingKeysWith: +)
        record.seen.errors = [:]
        return BenchReport(
            began: before.time,
            ended: sample().time,
            settings: settings(window: seconds),
            published: BenchReport.Published(
                offered: sent.offered,
                sent: sent.sent,
                late: sent.late,
                unsent: sent.unsent,
                acknowledged: sent.acknowledged,
                latency: sent.latency
            ),
            listeners: record.seen,
            streamsBeforeWindow: streams,
            spread: record.spread,
            errors: errors,
            servers: servers.indices.map { server in
                ServerUsage(
                    pid: servers[server].pid,
                    cpuSeconds: measurement.flatMap {
                        $0.window.isEmpty ? nil : used($0.first.serverCPUSeconds, $0.last.serverCPUSeconds)[server]
                    },
                    openingCPUSeconds: used(before.serverCPUSeconds, opened.serverCPUSeconds)[server],
                    residentKiBBefore: before.residentKiB[server],
                    residentKiBWithStreams: opened.residentKiB[server],
                    residentKiBAtEnd: (measurement?.last ?? opened).residentKiB[server]
                )
            },
            tester: TesterUsage(
                cpuSeconds: measurement.map { total(used($0.first.testerCPUSeconds, $0.last.testerCPUSeconds)) } ?? 0,
                openingCPUSeconds: total(used(before.testerCPUSeconds, opened.testerCPUSeconds)),
                busiestThread: seconds > 0 ? Double(max(record.busiest, sent.usage)) / 1e9 / seconds : 0,
                cores: cores,
                window: seconds
            ),
            verdict: verdict,
            remarks: remarks + remarks(on: sent.log, streams: streams),
            wasInterrupted: Interruption.hasCome
        )
    }

    private func used(_ before: [Double?], _ after: [Double?]) -> [Double?] {
        zip(before, after).map { before, after in after.flatMap { after in before.map { after - $0 } } }
    }

    private func total(_ amounts: [Double?]) -> Double {
        amounts.compactMap(\.self).reduce(0, +)
    }

    private func remarks(on log: PublisherLog, streams: Int) -> [String] {
        var remarks: [String] = []
        if streams < plan.listeners, !Interruption.hasCome {
            remarks.append("\(Figure.count(streams)) streams were open when the window began")
        }
        if log.count > Recorder.spreadLimit {
            remarks.append("first-last is of the first \(Figure.count(Recorder.spreadLimit)) messages")
        }
        if plan.verifies, log.count > Verifier.numberLimit {
            remarks.append("verified are the first \(Figure.count(Verifier.numberLimit)) messages")
        }
        return remarks
    }

    private func settings(window: Double) -> BenchReport.Settings {
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
