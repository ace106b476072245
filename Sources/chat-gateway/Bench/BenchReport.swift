/// The result of a run, or of several joined.
struct BenchReport: Codable, Sendable {
    static let currentFormat = 2

    /// What was asked for.
    struct Settings: Codable, Sendable {
        var targets: [String]
        var listeners: Int
        var rooms: Int
        var roomsPerListener: Int
        /// Messages per second; 0: none or as fast as acknowledged.
        var rate: Double
        var isUnpaced: Bool
        var connections: Int
        var payload: Int
        /// The measured window, in seconds; 0: the run ended before it.
        var window: Double
        /// The share of listeners that stopped reading.
        var slow: Double
    }

    /// What was published in the window.
    struct Published: Codable, Sendable {
        var offered: Int
        var sent: Int
        /// Those of the sent ones that left only after the window.
        var late = 0
        /// Those of the offered ones that never left.
        var unsent = 0
        var acknowledged: Int
        /// From scheduled time to acknowledgement.
        var latency: LatencyHistogram
    }

    var format = currentFormat
    /// The program that measured.
    var version = ChatGatewayCommand.configuration.version
    /// When the run began and ended, in seconds since 1970.
    var began: Double
    var ended: Double
    /// Reports joined in this one.
    var parts = 1
    var settings: Settings
    var published: Published
    /// What the listeners saw; without the verification's raw data.
    var listeners: ListenerResult
    /// Streams that were open when their memory was looked at, before anything was published.
    var streamsBeforeWindow: Int
    /// From the first to the last listener that got a message.
    var spread: LatencyHistogram
    var errors: [String: Int]
    var servers: [ServerUsage]
    var tester: TesterUsage
    var verdict: Verdict?
    var remarks: [String]
    /// Whether the run was ended before its time.
    var wasInterrupted = false

    var deliveriesPerSecond: Double { Double(listeners.deliveries) / max(settings.window, 0.001) }
    var connectsPerSecond: Double { Double(listeners.opened) * 1e9 / Double(max(1, listeners.opening)) }
    var bytesPerDelivery: Double { Double(listeners.bytes) / Double(max(1, listeners.deliveries)) }

    /// CPU time of the servers per delivery, in microseconds; nil where it is not known or nothing came.
    var serverMicrosecondsPerDelivery: Double? {
        cost(servers.map(\.cpuSeconds), of: listeners.deliveries).map { $0 * 1e6 }
    }

    /// CPU time of the servers per stream opened, in microseconds; nil where it is not known or no stream opened.
    var serverMicrosecondsPerConnect: Double? {
        cost(servers.map(\.openingCPUSeconds), of: streamsBeforeWindow).map { $0 * 1e6 }
    }

    /// Memory of the servers per idle stream; nil where it is not known or no stream opened.
    var kibPerStream: Double? {
        let more = servers.map { server in
            server.residentKiBWithStreams.flatMap { after in server.residentKiBBefore.map { after - $0 } }
        }
        return cost(more, of: streamsBeforeWindow)
    }

    private func cost(_ amounts: [Double?], of count: Int) -> Double? {
        let known = amounts.compactMap { $0 }
        guard !known.isEmpty, known.count == amounts.count, count > 0 else { return nil }
        return known.reduce(0, +) / Double(count)
    }

    var testerMicrosecondsPerDelivery: Double {
        tester.cpuSeconds * 1e6 / Double(max(1, listeners.deliveries))
    }

    /// Whether no stream opened, messages were lost untold, or it is not known for all listeners.
    var hasFailed: Bool {
        listeners.opened == 0 || verdict.map { $0.lost > 0 } ?? false || errors[ListenerProcesses.partIsLost] != nil
    }
}

extension BenchReport {
    /// Takes in a report of another machine that ran at the same time.
    mutating func add(_ other: BenchReport) {
        remarks += (other.remarks + doubts(joining: other)).filter { !remarks.contains($0) }
        began = min(began, other.began)
        ended = max(ended, other.ended)
        parts += other.parts
        settings.targets += other.settings.targets.filter { !settings.targets.contains($0) }
        settings.listeners += other.settings.listeners
        settings.rooms += other.settings.rooms
        settings.rate += other.settings.rate
        settings.connections += other.settings.connections
        settings.window = max(settings.window, other.settings.window)
        published.offered += other.published.offered
        published.sent += other.published.sent
        published.late += other.published.late
        published.unsent += other.published.unsent
        published.acknowledged += other.published.acknowledged
        published.latency.add(other.published.latency)
        listeners.add(other.listeners)
        streamsBeforeWindow += other.streamsBeforeWindow
        spread.add(other.spread)
        errors.merge(other.errors, uniquingKeysWith: +)
        servers += other.servers
        tester.cpuSeconds += other.tester.cpuSeconds
        tester.openingCPUSeconds += other.tester.openingCPUSeconds
        tester.busiestThread = max(tester.busiestThread, other.tester.busiestThread)
        tester.cores += other.tester.cores
        tester.window = max(tester.window, other.tester.window)
        if let theirs = other.verdict {
            var both = verdict ?? Verdict()
            both.add(theirs)
            verdict = both
        }
        wasInterrupted = wasInterrupted || other.wasInterrupted
    }

    /// Why the sums may not mean much.
    private func doubts(joining other: BenchReport) -> [String] {
        var doubts: [String] = []
        if other.began > ended || began > other.ended { doubts.append("the reports are of runs at different times") }
        if version != other.version { doubts.append("the reports are of different versions of the tester") }
        let (mine, theirs) = (settings, other.settings)
        if abs(mine.window - theirs.window) > 0.1 {
            doubts.append("the reports' windows differ: rates are of the longest, and lower bounds")
        }
        if mine.payload != theirs.payload || mine.slow != theirs.slow || mine.isUnpaced != theirs.isUnpaced
            || mine.roomsPerListener != theirs.roomsPerListener
        {
            doubts.append("the reports' settings differ; shown are the first one's")
        }
        if (verdict == nil) != (other.verdict == nil) { doubts.append("not every report was made with --verify") }
        return doubts
    }

    /// Whether the server refused by its own limits, so that the result says more about them than about its speed.
    var isLimited: Bool {
        errors.keys.contains { $0.hasSuffix("answered 429") } || listeners.byes["limited"] != nil
            || listeners.byes["overloaded"] != nil
    }
}
