import CoreMetrics
import Testing

@testable import ChatGateway

@Suite struct PrometheusMetricsTests {
    private let metrics = PrometheusMetrics(help: ["plain": "It is\nC:\\ \"quoted\"."])

    private var lines: [String] {
        String(buffer: metrics.exposition()).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func `a counter has a line for each set of labels, whatever order they come in`() {
        Counter(label: "plain", dimensions: [("b", "2"), ("a", "1")], factory: metrics).increment(by: 2)
        Counter(label: "plain", dimensions: [("a", "1"), ("b", "2")], factory: metrics).increment()
        Counter(label: "plain", factory: metrics).increment()
        #expect(
            lines == [
                #"# HELP plain_total It is\nC:\\ "quoted"."#, "# TYPE plain_total counter", "plain_total 1",
                #"plain_total{a="1",b="2"} 3"#, "",
            ]
        )
    }

    @Test func `names and values that do not fit are written so that they do`() {
        Meter(label: "9 lives.left", dimensions: [("a:b", "x\"y\\z\n")], factory: metrics).set(-1.5)
        #expect(lines == ["# TYPE _9_lives_left gauge", #"_9_lives_left{a_b="x\"y\\z\n"} -1.5"#, ""])
    }

    @Test func `a time is counted in every bucket that it fits in`() {
        let timer = Timer(label: "wait", factory: metrics)
        timer.recordMilliseconds(1)
        timer.recordMilliseconds(2)
        timer.recordSeconds(11)
        let counts = lines.filter { $0.hasPrefix("wait_seconds_bucket") }.compactMap { $0.split(separator: " ").last }
        #expect(counts == ["1"] + Array(repeating: "2", count: 12) + ["3"])
        #expect(lines[1] == #"wait_seconds_bucket{le="0.001"} 1"#)
        #expect(lines.suffix(4).first == #"wait_seconds_bucket{le="+Inf"} 3"#)
        #expect(lines.suffix(3) == ["wait_seconds_sum 11.003", "wait_seconds_count 3", ""])
    }

    @Test func `a number that is none does not spoil a histogram`() {
        let recorder = Recorder(label: "size", factory: metrics)
        for value in [Double.nan, .infinity, -.infinity, 10] { recorder.record(value) }
        #expect(lines.suffix(3) == ["size_sum 10", "size_count 1", ""])
    }

    @Test func `what is of another kind than its name is not shown, and does no harm`() {
        Counter(label: "twice", factory: metrics).increment()
        Meter(label: "twice", factory: metrics).set(5)
        #expect(lines == ["# TYPE twice_total counter", "twice_total 1", ""])
    }

    @Test func `what is destroyed is gone`() {
        let counter = Counter(label: "gone", factory: metrics)
        counter.increment()
        counter.destroy()
        #expect(lines == [""])
    }

    @Test func `gauges are brought up to date before they are shown`() {
        let gauge = Meter(label: "now", factory: metrics)
        metrics.beforeExposition { gauge.set(7) }
        #expect(lines == ["# TYPE now gauge", "now 7", ""])
    }

    @Test func `everything that is measured has its own label and a sentence of help`() {
        #expect(Set(Metric.allCases.map(\.rawValue)).count == Metric.allCases.count)
        for metric in Metric.allCases { #expect(metric.help.hasSuffix(".") && !metric.help.contains("\n")) }
    }
}
