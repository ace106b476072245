import FoundationEssentials
import IntegrationSupport
import Testing

@testable import chat_gateway

private func report(received: Int = 1000) -> BenchReport {
    var seen = ListenerResult()
    seen.opened = 50
    seen.opening = 1_000_000_000
    seen.deliveries = received
    seen.received = received
    seen.bytes = received * 100
    seen.byes = ["limited": 2]
    for index in 0..<received { seen.latency.record(nanoseconds: Int64(index) * 1_000_000) }
    for _ in 0..<3 {
        var slice = SecondSlice()
        slice.deliveries = received / 3
        slice.latency.record(microseconds: 1500)
        seen.seconds.append(slice)
    }
    return BenchReport(
        began: 100,
        ended: 110,
        settings: BenchReport.Settings(
            targets: ["http://h:1/<&\">"],
            listeners: 50,
            rooms: 1,
            roomsPerListener: 1,
            rate: 20,
            isUnpaced: false,
            connections: 4,
            payload: 100,
            window: 3,
            slow: 0
        ),
        published: BenchReport.Published(
            offered: 60,
            sent: 59,
            late: 2,
            unsent: 1,
            acknowledged: 60,
            latency: seen.latency
        ),
        listeners: seen,
        streamsBeforeWindow: 50,
        spread: LatencyHistogram(),
        errors: ["<error> & \"more\"": 3],
        servers: [
            ServerUsage(
                pid: 7,
                cpuSeconds: 0.01,
                openingCPUSeconds: 0.002,
                residentKiBBefore: 1000,
                residentKiBWithStreams: 1150,
                residentKiBAtEnd: 0
            )
        ],
        tester: TesterUsage(cpuSeconds: 1, openingCPUSeconds: 0, busiestThread: 0.95, cores: 2, window: 3),
        verdict: Verdict(expected: 10, lost: 1),
        remarks: ["<remark>"]
    )
}

@Test("A report survives its JSON, histogram included")
func reportSurvivesItsJSON() throws {
    let original = report()
    let read = try JSONDecoder().decode(BenchReport.self, from: try JSONEncoder().encode(original))
    #expect(ReportText(report: read).lines == ReportText(report: original).lines)
    #expect(read.listeners.latency.count == 1000)
}

@Test("The figures follow from what was counted")
func figuresFollowFromWhatWasCounted() {
    let figures = report()
    #expect(figures.serverMicrosecondsPerDelivery == 10)
    #expect(figures.serverMicrosecondsPerConnect == 40)
    #expect(figures.kibPerStream == 3)
    #expect(figures.connectsPerSecond == 50)
    #expect(figures.bytesPerDelivery == 100)
    #expect(figures.tester.wasBottleneck)
    #expect(figures.isLimited)
    #expect(abs(Int(figures.listeners.latency.microseconds(percentile: 99)) - 990_000) < 1000)
    let text = ReportText(report: figures).lines.joined(separator: "\n")
    for part in ["1 lost untold", "limited", "BOTTLENECK", "10 µs", "3 KiB", "<error>", "<remark>", "19/s sent"] {
        #expect(text.contains(part), "\(part)")
    }
    #expect(text.contains("2 messages left after the window") && text.contains("1 messages never left"))
}

@Test("A server that has ended, or a run before its window, leaves figures out")
func figuresAreLeftOut() {
    var early = report(received: 0)
    early.settings.window = 0
    early.servers[0].cpuSeconds = nil
    early.servers[0].residentKiBAtEnd = nil
    early.servers.append(ServerUsage(pid: 8, residentKiBAtEnd: 1024))
    #expect(early.serverMicrosecondsPerDelivery == nil)
    #expect(early.serverMicrosecondsPerConnect == nil)
    let lines = ReportText(report: early).lines
    #expect(lines.contains("  server 7  HAS ENDED during the run"))
    #expect(lines.contains("  server 8  1 MiB at the end"))
    #expect(lines.contains { $0.contains("ended before the measured window") })
    #expect(!lines.contains { $0.contains("inf") || $0.contains("nan") || $0.contains(" -/s") })
}

@Test(
    "Only what was complete for everybody is called so",
    arguments: [
        (Verdict(expected: 9), 0, "every message exactly once and in order: "),
        (Verdict(expected: 9), 1, "nothing lost untold: "), (Verdict(expected: 9, told: 1), 0, "nothing lost untold: "),
        (Verdict(expected: 9, unfinished: 1), 0, "nothing lost untold: "), (Verdict(expected: 9, repeated: 1), 0, ""),
    ]
)
func onlyWhatWasCompleteIsCalledSo(verdict: Verdict, ended: Int, promise: String) {
    var made = report()
    made.verdict = verdict
    made.listeners.ended = ended
    let line = ReportText(report: made).lines.first { $0.hasPrefix("  verified     ") }
    #expect(line?.hasPrefix("  verified     \(promise)0 lost untold") == true)
}

@Test("Joining adds counts and histograms")
func joiningAddsCountsAndHistograms() {
    var joined = report()
    joined.add(report(received: 500))
    #expect(joined.parts == 2)
    #expect(joined.listeners.deliveries == 1500)
    #expect(joined.listeners.latency.count == 1500)
    #expect(joined.settings.listeners == 100)
    #expect(joined.verdict?.lost == 2)
    #expect(joined.listeners.seconds.count == 3)
    #expect(joined.errors.values.first == 6)
    #expect(joined.serverMicrosecondsPerConnect == 40)
    #expect(joined.remarks == ["<remark>"])
}

@Test("Joining reports that do not belong together is told")
func joiningWhatDoesNotBelongTogetherIsTold() {
    var other = report()
    other.began = 111
    other.ended = 120
    other.settings.window = 2
    other.settings.payload = 200
    other.version = "0"
    other.verdict = nil
    var joined = report()
    joined.add(other)
    for part in ["different times", "different versions", "windows differ", "settings differ", "--verify"] {
        #expect(joined.remarks.contains { $0.contains(part) }, "\(part)")
    }
}

@Test("The page is well-formed, whatever its texts contain", arguments: [1000, 0])
func pageIsWellFormed(received: Int) async throws {
    let page = ReportPage(report: report(received: received)).html
    #expect(page.contains("<svg") == (received > 0))
    #expect(!page.contains("<error>"))
    // Written so that it is XML too, which a strict parser can check.
    let file = FileManager.default.temporaryDirectory.appending(path: "bench-page-\(UUID()).html")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(page.utf8).write(to: file)
    let check =
        "import sys, xml.dom.minidom; print(len(xml.dom.minidom.parse(sys.argv[1]).getElementsByTagName('polyline')))"
    let lines = try await ChildProcess.output(of: "python3", ["-c", check, file.path])
    #expect(lines == (received > 0 ? "5\n" : "0\n"))
}

@Test(
    "Numbers are written for people",
    arguments: [
        (0.0, "0"), (1234.5, "1235"), (12.345, "12.35"), (0.5, "0.5"), (0.05, "0.05"), (99.9996, "100"), (-1.5, "-1.5"),
        (.infinity, "-"), (3, "3"),
    ]
)
func numbersAreWrittenForPeople(value: Double, text: String) {
    #expect(Figure.decimal(value) == text)
}

@Test("Counts have commas at the thousands")
func countsHaveCommas() {
    #expect([0, 999, 1000, 1_234_567, -1000].map { Figure.count($0) } == ["0", "999", "1,000", "1,234,567", "-1,000"])
}

@Test("The coarse histogram is right to 7 %")
func coarseHistogramIsRight() {
    var histogram = CoarseHistogram()
    for value in 1...10_000 { histogram.record(microseconds: UInt64(value)) }
    for percentile in [1.0, 50, 99, 100] {
        let value = Double(histogram.microseconds(percentile: percentile))
        #expect(abs(value - percentile * 100) <= percentile * 7)
    }
    #expect(CoarseHistogram().microseconds(percentile: 99) == 0)
}
