import Glibc

/// The report as one page that needs nothing else: figures and plots, fit for a slide.
struct ReportPage {
    let report: BenchReport

    var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title>chat-gateway bench</title>
        <style>\(Self.style)</style>
        </head>
        <body>
        <h1>\(headline.escapedForMarkup)</h1>
        <ul class="figures">
        \(figures.map { "<li><b>\($0.value.escapedForMarkup)</b> \($0.name.escapedForMarkup)</li>" }.joined(separator: "\n"))
        </ul>
        \(plots.map { "<figure><figcaption>\($0.title.escapedForMarkup)</figcaption>\n\($0.svg)</figure>" }.joined(separator: "\n"))
        <details><summary>Everything measured</summary>
        <pre>\(ReportText(report: report).lines.joined(separator: "\n").escapedForMarkup)</pre>
        </details>
        </body>
        </html>

        """
    }

    private static let style = """
        :root{color-scheme:light dark;--ink:#1b1f24;--soft:#6b7280;--line:#e2e5ea;--a:#2563eb;--b:#d97706;--c:#dc2626}
        @media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--soft:#9aa3af;--line:#343a43;--a:#6ea8fe;--b:#fbbf24;--c:#f87171}}
        body{font:16px/1.45 system-ui,sans-serif;color:var(--ink);max-width:1000px;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.5rem;font-weight:600}
        .figures{display:flex;flex-wrap:wrap;gap:.5rem 2rem;list-style:none;padding:0}
        .figures li{color:var(--soft)} .figures b{display:block;font-size:1.6rem;color:var(--ink);font-weight:600}
        figure{margin:1.5rem 0} figcaption{font-weight:600;margin-bottom:.25rem}
        svg{width:100%;height:auto} svg text{font-size:13px;fill:var(--soft)}
        .grid{stroke:var(--line)} polyline{fill:none;stroke-width:2.5;stroke-linejoin:round}
        .a{stroke:var(--a)} .b{stroke:var(--b)} .c{stroke:var(--c)}
        .key text{stroke:none;font-weight:600} .a.key text{fill:var(--a)} .b.key text{fill:var(--b)} .c.key text{fill:var(--c)}
        pre{overflow-x:auto;font-size:.85rem}
        """

    private var headline: String {
        let settings = report.settings
        let load =
            settings.isUnpaced
            ? "messages as fast as acknowledged"
            : settings.rate > 0 ? "\(Figure.decimal(settings.rate)) messages/s" : "idle streams"
        return "\(Figure.count(report.listeners.opened)) listeners, \(settings.rooms) room(s), \(load)"
    }

    private var figures: [(name: String, value: String)] {
        let latency = report.listeners.latency
        var figures: [(name: String, value: String)] = []
        if latency.count > 0 {
            figures = [
                ("deliveries/s", Figure.count(report.deliveriesPerSecond)),
                ("median latency", Figure.milliseconds(latency.microseconds(percentile: 50))),
                ("p99 latency", Figure.milliseconds(latency.microseconds(percentile: 99))),
                ("longest", Figure.milliseconds(latency.maxMicroseconds)),
            ]
        }
        if let cost = report.serverMicrosecondsPerDelivery {
            figures.append(("server CPU per delivery", "\(Figure.decimal(cost)) µs"))
        }
        if let memory = report.kibPerStream { figures.append(("per idle stream", "\(Figure.decimal(memory)) KiB")) }
        if let verdict = report.verdict {
            figures.append(
                ("lost untold, repeated, reordered", "\(verdict.lost), \(verdict.repeated), \(verdict.reordered)")
            )
        }
        return figures
    }

    private var plots: [Plot] {
        guard report.listeners.latency.count > 0 else { return [] }
        // One second makes no line.
        return fullSeconds.count > 1 ? [distribution, rate, latencyOverTime] : [distribution]
    }

    private var distribution: Plot {
        let points = report.listeners.latency.curve.filter { $0.percentile < 99.9995 }
            .map {
                (x: Self.nines($0.percentile), y: Double($0.microseconds) / 1000)
            }
        let ticks = [0.0, 90, 99, 99.9, 99.99, 99.999].map { (x: Self.nines($0), label: "\(Figure.decimal($0)) %") }
        return Plot(
            title: "Latency by percentile, from a message's scheduled time to its last byte",
            xTitle: "percentile",
            xTicks: ticks,
            yLabel: { "\(Figure.decimal($0)) ms" },
            series: [Plot.Series(name: "latency", points: points, style: "a")]
        )
    }

    private var rate: Plot {
        let points = fullSeconds.enumerated().map { (x: Double($0.offset + 1), y: Double($0.element.deliveries)) }
        return Plot(
            title: "Deliveries per second",
            xTitle: "second",
            xTicks: secondTicks,
            yLabel: { Figure.count($0) },
            series: [Plot.Series(name: "deliveries/s", points: points, style: "a")]
        )
    }

    private var latencyOverTime: Plot {
        let line = { (name: String, percentile: Double, style: String) in
            Plot.Series(
                name: name,
                points: fullSeconds.enumerated()
                    .map {
                        (
                            x: Double($0.offset + 1),
                            y: Double($0.element.latency.microseconds(percentile: percentile)) / 1000
                        )
                    },
                style: style
            )
        }
        return Plot(
            title: "Latency over time",
            xTitle: "second",
            xTicks: secondTicks,
            yLabel: { "\(Figure.decimal($0)) ms" },
            series: [line("p50", 50, "a"), line("p99", 99, "b"), line("max", 100, "c")]
        )
    }

    /// Without the last one, which is rarely whole, and with those in which nothing came.
    private var fullSeconds: [SecondSlice] {
        let seen = report.listeners.seconds
        return (0..<Int(report.settings.window + 0.05)).map { seen.indices.contains($0) ? seen[$0] : SecondSlice() }
    }

    private var secondTicks: [(x: Double, label: String)] {
        let count = fullSeconds.count
        let step = max(1, count / 10)
        return stride(from: step, through: count, by: step).map { (x: Double($0), label: String($0)) }
    }

    /// 0 for 0 %, 1 for 90 %, 2 for 99 %, so that each nine takes the same room.
    private static func nines(_ percentile: Double) -> Double {
        -log10(max(1 - percentile / 100, 0.000_001))
    }
}
