import CoreMetrics
import NIOCore
import Synchronization

/// What kind a metric is; the raw value is what `# TYPE` says.
struct PrometheusKind: Hashable {
    static let counter = PrometheusKind(rawValue: "counter", suffix: "_total")
    static let gauge = PrometheusKind(rawValue: "gauge", suffix: "")
    static let histogram = PrometheusKind(rawValue: "histogram", suffix: "")
    static let timer = PrometheusKind(rawValue: "histogram", suffix: "_seconds")

    let rawValue: String
    /// What the names of such metrics end in.
    let suffix: String
}

/// The values of a metric under one set of labels.
protocol PrometheusSeries: AnyObject, Sendable {
    /// Writes its lines.
    func write(name: String, labels: String, to bytes: inout ByteBuffer)
}

/// A number that only goes up.
final class PrometheusCounter: CounterHandler, PrometheusSeries {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }

    func reset() { value.store(0, ordering: .relaxed) }

    func write(name: String, labels: String, to bytes: inout ByteBuffer) {
        bytes.writeSample(name, labels, "\(value.load(ordering: .relaxed))")
    }
}

/// A number that only goes up, and need not be whole.
final class PrometheusFloatingPointCounter: FloatingPointCounterHandler, PrometheusSeries {
    private let value = Mutex(0.0)

    func increment(by amount: Double) { value.withLock { $0 += amount } }

    func reset() { value.withLock { $0 = 0 } }

    func write(name: String, labels: String, to bytes: inout ByteBuffer) {
        bytes.writeSample(name, labels, value.withLock { $0 }.prometheusText)
    }
}

/// A number that goes up and down.
final class PrometheusGauge: MeterHandler, RecorderHandler, PrometheusSeries {
    private let value = Mutex(0.0)

    func set(_ new: Int64) { set(Double(new)) }

    func set(_ new: Double) { value.withLock { $0 = new } }

    func increment(by amount: Double) { value.withLock { $0 += amount } }

    func decrement(by amount: Double) { value.withLock { $0 -= amount } }

    func record(_ new: Int64) { set(Double(new)) }

    func record(_ new: Double) { set(new) }

    func write(name: String, labels: String, to bytes: inout ByteBuffer) {
        bytes.writeSample(name, labels, value.withLock { $0 }.prometheusText)
    }
}

/// How many values were at most so large, for each of a few bounds.
final class PrometheusHistogram: RecorderHandler, TimerHandler, PrometheusSeries {
    /// Bounds of times, in seconds.
    static let times = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// Bounds of anything else.
    static let powers = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000.0]

    private struct Record {
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<Record>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(Record(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func write(name: String, labels: String, to bytes: inout ByteBuffer) {
        let state = state.withLock { $0 }
        var count: UInt64 = 0
        for (index, part) in state.counts.enumerated() {
            count += part
            let bound = index < bounds.count ? bounds[index].prometheusText : "+Inf"
            bytes.writeSample(name + "_bucket", (labels.isEmpty ? "" : labels + ",") + "le=\"\(bound)\"", "\(count)")
        }
        bytes.writeSample(name + "_sum", labels, state.sum.prometheusText)
        bytes.writeSample(name + "_count", labels, "\(count)")
    }
}

extension ByteBuffer {
    fileprivate mutating func writeSample(_ name: String, _ labels: String, _ value: String) {
        writeString(labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n")
    }
}

extension Double {
    /// Whole numbers without a point; what is no number as the format spells it.
    fileprivate var prometheusText: String {
        if isNaN { return "NaN" }
        if isInfinite { return self > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: self).map(String.init) ?? "\(self)"
    }
}
