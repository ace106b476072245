import Glibc

/// A process of this machine whose CPU time and memory are looked at from outside.
struct ObservedProcess: Sendable {
    let pid: Int

    var exists: Bool { SystemFile.read("/proc/\(pid)/stat") != nil }

    /// User and system time of all its threads so far, in seconds.
    var cpuSeconds: Double? {
        // proc(5) would say it in hundredths, which are many deliveries.
        var clock = clockid_t()
        guard clock_getcpuclockid(pid_t(pid), &clock) == 0 else { return nil }
        return Double(MonotonicClock.read(clock)) / 1e9
    }

    /// Resident memory in KiB.
    var residentKiB: Double? {
        status("VmRSS").flatMap { Double($0.prefix { $0.isNumber }) }
    }

    /// The cores it may run on.
    var cores: Set<Int>? {
        status("Cpus_allowed_list").map { SystemFile.cores($0) }
    }

    /// How many descriptors it may have open.
    var descriptorLimit: Int? {
        SystemFile.read("/proc/\(pid)/limits")?.split(separator: "\n").first { $0.hasPrefix("Max open files") }
            .flatMap { $0.split(separator: " ").dropFirst(3).first }.flatMap { Int($0) }
    }

    private func status(_ field: String) -> Substring? {
        SystemFile.read("/proc/\(pid)/status").flatMap { SystemFile.field(field, in: $0) }
    }
}
