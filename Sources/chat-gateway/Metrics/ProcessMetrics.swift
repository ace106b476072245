import ChatGateway
import CoreMetrics
import Foundation
import Synchronization

/// What Linux knows of the process, under the names that Prometheus's own libraries use.
enum ProcessMetrics {
    private static let processorTime = "process_cpu_seconds"

    private enum Name: String, CaseIterable {
        case residentBytes = "process_resident_memory_bytes"
        case openDescriptors = "process_open_fds"
        case maximumDescriptors = "process_max_fds"
        case startSeconds = "process_start_time_seconds"

        var help: String {
            switch self {
            case .residentBytes: "Resident memory, in bytes."
            case .openDescriptors: "Open descriptors."
            case .maximumDescriptors: "Descriptors that the system allows."
            case .startSeconds: "When the process started, in seconds since 1970."
            }
        }
    }

    /// The metrics of a node's process: its own, and those of the gateway.
    static func registry() -> PrometheusMetrics {
        let help =
            Name.allCases.map { ($0.rawValue, $0.help) } + PrometheusMetrics.gatewayHelp
            + [(processorTime, "Processor time used, in seconds.")]
        let registry = PrometheusMetrics(help: Dictionary(uniqueKeysWithValues: help))
        let gauges = Name.allCases.map { ($0, Meter(label: $0.rawValue, factory: registry)) }
        let processor = FloatingPointCounter(label: processorTime, factory: registry)
        let told = Mutex(0.0)
        let started = Date.now.timeIntervalSince1970
        registry.beforeExposition {
            let used = processorSeconds
            processor.increment(by: told.withLock { last in (used - last, last = used).0 })
            for (name, gauge) in gauges {
                switch name {
                case .residentBytes: gauge.set(residentBytes)
                case .openDescriptors: gauge.set(openDescriptors)
                case .maximumDescriptors: gauge.set(DescriptorLimit.maximum)
                case .startSeconds: gauge.set(started)
                }
            }
        }
        return registry
    }

    private static var residentBytes: Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        return (fields?.dropFirst().first.flatMap { Int($0) } ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static var openDescriptors: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }

    private static var processorSeconds: Double {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
