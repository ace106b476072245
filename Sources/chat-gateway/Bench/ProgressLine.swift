import Glibc

/// Says on stderr how the run goes: one line that is written over on a terminal, else a line every five seconds.
struct ProgressLine {
    private let isTerminal = isatty(2) == 1
    private var lastTime: Int64 = 0
    private var lastReceived = 0

    mutating func show(_ label: String, _ progress: BenchProgress, listeners: Int) {
        let now = MonotonicClock.now()
        guard now - lastTime >= (isTerminal ? 500_000_000 : 5_000_000_000) else { return }
        let rate = lastTime == 0 ? 0 : Double(progress.received - lastReceived) * 1e9 / Double(now - lastTime)
        lastTime = now
        lastReceived = progress.received
        let latency = progress.p99Microseconds > 0 ? Figure.milliseconds(progress.p99Microseconds) : "-"
        let text =
            "\(label)  \(Figure.count(progress.up))/\(Figure.count(listeners)) listeners  "
            + "\(Figure.count(rate)) deliveries/s  p99 \(latency)  "
            + "\(Figure.count(progress.errors + progress.ended)) errors"
        Self.write(isTerminal ? "\r\u{1B}[K\(text)" : "\(text)\n")
    }

    func clear() {
        if isTerminal { Self.write("\r\u{1B}[K") }
    }

    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(2, bytes, bytes.count)
    }
}
