/// The report for people.
struct ReportText {
    let report: BenchReport

    var lines: [String] {
        var lines = ["", "chat-gateway bench" + (report.parts > 1 ? ", \(report.parts) reports joined" : "")]
        lines += load
        lines += deliveries
        lines += troubles
        lines += costs
        lines += verification
        lines += report.remarks.map { "  note         \($0)" }
        if report.wasInterrupted { lines.append("  note         ended before its time") }
        return lines
    }

    private var load: [String] {
        let seen = report.listeners
        let settings = report.settings
        var lines = [
            "  listeners    \(Figure.count(seen.opened)) of \(Figure.count(settings.listeners)) opened, "
                + "\(Figure.count(report.connectsPerSecond))/s, stream's head in \(latency(seen.opens, short: true))"
        ]
        let published = report.published
        guard settings.isUnpaced || settings.rate > 0 else { return lines + ["  published    nothing, idle streams"] }
        guard settings.window > 0 else { return lines + ["  published    nothing: ended before the measured window"] }
        let rate = { (count: Int) in "\(Figure.decimal(Double(count) / settings.window))/s" }
        let offered = settings.isUnpaced ? "as fast as acknowledged" : "\(rate(published.offered)) offered"
        lines.append(
            "  published    \(offered), \(rate(published.sent - published.late)) sent, "
                + "\(rate(published.acknowledged)) acknowledged, "
                + "\(settings.payload)-byte payloads, \(settings.connections) connections"
        )
        lines.append("  acknowledged \(latency(published.latency))")
        return lines + backlog
    }

    /// What was due in the window and did not leave in it.
    private var backlog: [String] {
        let published = report.published
        var lines: [String] = []
        if published.late > 0 {
            lines.append(
                "  late         \(Figure.count(published.late)) messages left after the window: every connection waited for "
                    + "an answer"
            )
        }
        if published.unsent > 0 {
            lines.append(
                "  unsent       \(Figure.count(published.unsent)) messages never left, so that latency is a lower bound: "
                    + "offer less, or more --connections"
            )
        }
        return lines
    }

    private var deliveries: [String] {
        let seen = report.listeners
        guard seen.received > 0, report.settings.window > 0 else { return [] }
        return [
            "  deliveries   \(Figure.count(report.deliveriesPerSecond))/s "
                + "(\(Figure.count(seen.deliveries)) in \(Figure.decimal(report.settings.window)) s, "
                + "\(Figure.decimal(report.bytesPerDelivery)) bytes each)",
            "  latency      \(latency(seen.latency))",
            "  first-last   \(latency(report.spread)) (between the first and the last listener of a message)",
        ]
    }

    private var troubles: [String] {
        let seen = report.listeners
        var lines: [String] = []
        if seen.ended > 0 { lines.append("  ended        \(Figure.count(seen.ended)) streams") }
        if seen.reconnects > 0 { lines.append("  reconnected  \(Figure.count(seen.reconnects))") }
        if seen.foreign > 0 { lines.append("  foreign      \(Figure.count(seen.foreign)) messages of somebody else") }
        lines += Self.table("bye", seen.byes) + Self.table("gap", seen.gaps) + Self.table("error", report.errors)
        if report.isLimited {
            lines.append("  limited      the server refuses by its limits (429, bye limited): raise them for this test")
        }
        return lines
    }

    private var costs: [String] {
        var lines: [String] = []
        for server in report.servers {
            guard let memory = server.residentKiBAtEnd else {
                lines.append("  server \(server.pid)  HAS ENDED during the run")
                continue
            }
            let share = server.cpuSeconds.map { "\(Figure.decimal($0 / report.settings.window * 100)) % of a core, " }
            lines.append("  server \(server.pid)  \(share ?? "")\(Figure.decimal(memory / 1024)) MiB at the end")
        }
        if let cost = report.serverMicrosecondsPerDelivery {
            lines.append("  server       \(Figure.decimal(cost)) µs CPU per delivery")
        }
        if let cost = report.serverMicrosecondsPerConnect {
            lines.append("  server       \(Figure.decimal(cost)) µs CPU per stream opened")
        }
        if let memory = report.kibPerStream {
            lines.append("  server       \(Figure.decimal(memory)) KiB RSS per idle stream")
        }
        let tester = report.tester
        let cost = "\(Figure.decimal(report.testerMicrosecondsPerDelivery)) µs CPU per delivery, "
        lines.append(
            "  tester       \(report.listeners.deliveries > 0 ? cost : "")busiest thread "
                + "\(Figure.decimal(tester.busiestThread * 100)) % of a core"
        )
        if tester.wasBottleneck {
            lines.append("  tester       THE TESTER WAS THE BOTTLENECK: give it more cores (--threads, --processes)")
        }
        return lines
    }

    private var verification: [String] {
        guard let verdict = report.verdict else { return [] }
        guard verdict != Verdict() else { return ["  verified     nothing: no message was acknowledged or seen"] }
        let counts =
            "\(verdict.lost) lost untold, \(verdict.told) told as gaps, \(verdict.repeated) repeated, "
            + "\(verdict.repeatedAsTold) repeated as told, \(verdict.reordered) reordered, \(verdict.misordered) misordered, \(verdict.strayed) strayed"
        let seen = report.listeners
        let wereThere = min(seen.opened, report.streamsBeforeWindow) == report.settings.listeners
        let hadAll = wereThere && seen.ended <= seen.reconnects && verdict.isComplete
        let promise =
            !verdict.isClean
            ? ""
            : hadAll
                ? "every message exactly once and in order: " : "nothing lost untold: "
        let unfinished = verdict.unfinished > 0 ? ", \(verdict.unfinished) still under way (--settle)" : ""
        let all = "of \(Figure.count(verdict.expected)) deliveries"
        return [
            "  verified     \(promise)\(counts)\(unfinished) \(all)"
        ]
    }

    private func latency(_ histogram: LatencyHistogram, short: Bool = false) -> String {
        guard histogram.count > 0 else { return "-" }
        let percentiles: [Double] = short ? [50, 99] : [50, 90, 99, 99.9]
        let parts = percentiles.map {
            "p\(Figure.decimal($0)) \(Figure.milliseconds(histogram.microseconds(percentile: $0)))"
        }
        return (parts + ["max \(Figure.milliseconds(histogram.maxMicroseconds))"]).joined(separator: "  ")
    }

    private static func table(_ label: String, _ counts: [String: Int]) -> [String] {
        counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
            .map {
                "  \(label)\(String(repeating: " ", count: 13 - label.count))\(Figure.count($0.value)) x \($0.key)"
            }
    }
}
