public import CoreMetrics
public import NIOCore
import Synchronization

/// Keeps metrics in memory and writes them in Prometheus's text format (version 0.0.4).
///
/// Counters get `_total`, timers become histograms of seconds and get `_seconds`. A second metric of another kind under a
/// name that is taken is kept, but never shown. The number of series is the caller's to bound: nothing is dropped before
/// its handler is destroyed. Safe to use from any thread.
public final class PrometheusMetrics: MetricsFactory {
    private struct Family {
        var kind: PrometheusKind
        var series: [String: any PrometheusSeries] = [:]
    }

    /// What `Content-Type` says of the text.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private let help: [String: String]
    private let families = Mutex<[String: Family]>([:])
    private let beforehand = Mutex<[@Sendable () -> Void]>([])

    /// Makes an empty registry; `help` has a sentence for each label that it knows.
    public init(help: [String: String] = [:]) {
        self.help = help
    }

    /// Has something called before each exposition, to set gauges that nobody else keeps up to date.
    public func beforeExposition(_ update: @escaping @Sendable () -> Void) {
        beforehand.withLock { $0.append(update) }
    }

    /// All metrics, sorted by name.
    public func exposition() -> ByteBuffer {
        for update in beforehand.withLock({ $0 }) { update() }
        let all = families.withLock { $0 }
        var bytes = ByteBufferAllocator().buffer(capacity: 16 * 1024)
        for (label, family) in all.sorted(by: { $0.key < $1.key }) {
            let name = PrometheusText.name(label) + family.kind.suffix
            if let help = help[label] { bytes.writeString("# HELP \(name) \(PrometheusText.help(help))\n") }
            bytes.writeString("# TYPE \(name) \(family.kind.rawValue)\n")
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.write(name: name, labels: labels, to: &bytes)
            }
        }
        return bytes
    }

    private func series<Series: PrometheusSeries>(
        _ label: String,
        _ dimensions: [(String, String)],
        _ kind: PrometheusKind,
        _ make: () -> Series
    ) -> Series {
        let labels = PrometheusText.labels(dimensions)
        return families.withLock { families in
            guard families[label, default: Family(kind: kind)].kind == kind else { return make() }
            if let known = families[label]?.series[labels] as? Series { return known }
            let new = make()
            families[label, default: Family(kind: kind)].series[labels] = new
            return new
        }
    }

    private func remove(_ handler: AnyObject) {
        families.withLock { families in
            for (label, family) in families {
                for (labels, series) in family.series where series === handler {
                    families[label]?.series[labels] = nil
                    if families[label]?.series.isEmpty == true { families[label] = nil }
                }
            }
        }
    }
}

extension PrometheusMetrics {
    /// Makes a counter.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { PrometheusCounter() }
    }

    /// Makes a counter of what need not be whole.
    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter) { PrometheusFloatingPointCounter() }
    }

    /// Makes a gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { PrometheusGauge() }
    }

    /// Makes a histogram of powers of ten, or a gauge where values are not aggregated.
    public func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return series(label, dimensions, .gauge) { PrometheusGauge() } }
        return series(label, dimensions, .histogram) { PrometheusHistogram(bounds: PrometheusHistogram.powers) }
    }

    /// Makes a histogram of times, from 1 ms to 10 s.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .timer) { PrometheusHistogram(bounds: PrometheusHistogram.times) }
    }

    /// Forgets a counter.
    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }

    /// Forgets a counter of what need not be whole.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }

    /// Forgets a gauge.
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }

    /// Forgets a histogram.
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }

    /// Forgets a histogram of times.
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}
