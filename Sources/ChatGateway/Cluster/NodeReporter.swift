import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Makes a node's reports while somebody looks: each tells what has happened since the one before.
struct NodeReporter {
    let configuration: LiveConfiguration
    let readiness: Readiness
    let census: NodeCensus
    let metrics: GatewayMetrics
    let instance: String
    let started: ContinuousClock.Instant
    private var last: Totals?

    init(_ subject: ClusterDesk.Subject) {
        configuration = subject.configuration
        readiness = subject.readiness
        census = subject.census
        metrics = subject.metrics
        instance = subject.instance
        started = subject.started
    }

    /// What had happened up to a moment.
    struct Totals: Sendable {
        var time: ContinuousClock.Instant
        var posts: Int
        var deliveries: Int
        var latencies: LatencyTally

        /// What has happened since an earlier moment; nil where no time has passed.
        func pace(since earlier: Totals) -> NodeReport.Pace? {
            let seconds = (time - earlier.time) / .seconds(1)
            guard seconds > 0 else { return nil }
            let recent = latencies.since(earlier.latencies)
            return NodeReport.Pace(
                posts: Double(posts - earlier.posts) / seconds,
                deliveries: Double(deliveries - earlier.deliveries) / seconds,
                median: recent.quantile(0.5),
                p99: recent.quantile(0.99)
            )
        }
    }

    /// Asks the loops how things stand.
    mutating func report() async -> NodeReport {
        let (figures, biggest) = await census.figures(slowLimit: NodeReport.slowLimit)
        var totals = Totals(time: .now, posts: metrics.storedCount, deliveries: 0, latencies: LatencyTally())
        let current = configuration.current
        var report = NodeReport(
            node: current.node,
            instance: instance,
            version: current.version,
            uptime: totals.time - started,
            reasonAgainst: readiness.reasonAgainst
        )
        for loop in figures {
            totals.deliveries += loop.deliveries
            totals.latencies.add(loop.latencies)
            report.streams += loop.streams
            report.slowStreams += loop.slowStreams
            report.lag = max(report.lag, loop.lag)
            report.slowest += loop.slowest
        }
        report.pace = last.flatMap { totals.pace(since: $0) }
        last = totals
        report.maxStreams = current.maxStreams
        report.rooms = census.fanout.roomCount
        report.memory = Self.residentBytes
        report.biggest = biggest
        report.hasMoreRooms = figures.contains(where: \.hasMoreRooms)
        report.slowest.sort { $0.silence > $1.silence }
        return report
    }

    private static var residentBytes: Int? {
        #if canImport(Darwin)
        return nil
        #else
        guard let file = fopen("/proc/self/statm", "re") else { return nil }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 128)
        guard fgets(&text, Int32(text.count), file) != nil else { return nil }
        let words = text.prefix { $0 != 0 }.split(separator: CChar(UInt8(ascii: " ")))
        guard words.count > 1 else { return nil }
        let pages = Int(String(decoding: words[1].map { UInt8(bitPattern: $0) }, as: UTF8.self))
        return pages.map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) }
        #endif
    }
}
