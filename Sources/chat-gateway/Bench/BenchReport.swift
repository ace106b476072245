/// The result of a run, or of several joined.
struct BenchReport: Codable, Sendable {
    static let currentFormat = 1

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
        /// The measured window, in seconds.
        var window: Double
        /// The share of listeners that stopped reading.
        var slow: Double
    }

    /// What was published in the window.
    struct Published: Codable, Sendable {
        var offered: Int
        var sent: Int
        var acknowledged: Int
        /// From scheduled time to acknowledgement.
        var latency: LatencyHistogram
    }

    var format = currentFormat
    /// Reports joined in this one.
    var parts = 1
    var settings: Settings
    var published: Published
    /// What the listeners saw; without the verification's raw data.
    var listeners: ListenerResult
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

    /// CPU time of the servers per delivery, in microseconds; nil where no server was looked at or nothing came.
    var serverMicrosecondsPerDelivery: Double? {
        guard !servers.isEmpty, listeners.deliveries > 0 else { return nil }
        return servers.reduce(0) { $0 + $1.cpuSeconds } * 1e6 / Double(listeners.deliveries)
    }

    /// CPU time of the servers per stream opened, in microseconds; nil where no server was looked at or no stream opened.
    var serverMicrosecondsPerConnect: Double? {
        let times = servers.compactMap(\.openingCPUSeconds)
        guard !times.isEmpty, listeners.opened > 0 else { return nil }
        return times.reduce(0, +) * 1e6 / Double(listeners.opened)
    }

    /// Memory of the servers per idle stream; nil where no server was looked at or no stream opened.
    var kibPerStream: Double? {
        guard !servers.isEmpty, listeners.opened > 0 else { return nil }
        return servers.reduce(0) { $0 + $1.residentKiBWithStreams - $1.residentKiBBefore } / Double(listeners.opened)
    }

    var testerMicrosecondsPerDelivery: Double {
        tester.cpuSeconds * 1e6 / Double(max(1, listeners.deliveries))
    }

    /// Takes in a report of another machine that ran at the same time.
    mutating func add(_ other: BenchReport) {
        parts += other.parts
        settings.targets += other.settings.targets.filter { !settings.targets.contains($0) }
        settings.listeners += other.settings.listeners
        settings.rooms += other.settings.rooms
        settings.rate += other.settings.rate
        settings.connections += other.settings.connections
        settings.window = max(settings.window, other.settings.window)
        published.offered += other.published.offered
        published.sent += other.published.sent
        published.acknowledged += other.published.acknowledged
        published.latency.add(other.published.latency)
        // Message numbers mean something else in every run.
        var theirs = other.listeners
        theirs.firstSeen = []
        theirs.lastSeen = []
        listeners.add(theirs)
        spread.add(other.spread)
        errors.merge(other.errors, uniquingKeysWith: +)
        servers += other.servers
        tester.cpuSeconds += other.tester.cpuSeconds
        if let opening = other.tester.openingCPUSeconds {
            tester.openingCPUSeconds = opening + (tester.openingCPUSeconds ?? 0)
        }
        tester.busiestThread = max(tester.busiestThread, other.tester.busiestThread)
        tester.cores += other.tester.cores
        if let theirs = other.verdict {
            var both = verdict ?? Verdict()
            both.add(theirs)
            verdict = both
        }
        remarks += other.remarks.filter { !remarks.contains($0) }
        wasInterrupted = wasInterrupted || other.wasInterrupted
    }
}

extension BenchReport {
    /// Whether the server refused by its own limits, so that the result says more about them than about its speed.
    var isLimited: Bool {
        errors.keys.contains { $0.hasSuffix("answered 429") } || listeners.byes["limited"] != nil
            || listeners.byes["overloaded"] != nil
    }
}
