import Glibc

/// A process of this machine whose CPU time and memory are looked at from outside.
struct ObservedProcess: Sendable {
    let pid: Int

    var exists: Bool { SystemFile.read("/proc/\(pid)/stat") != nil }

    /// User and system time of all its threads so far, in seconds; the kernel counts it in hundredths.
    var cpuSeconds: Double? {
        guard let stat = SystemFile.read("/proc/\(pid)/stat"), let name = stat.lastIndex(of: ")") else { return nil }
        // After the name: state is field 3 of proc(5), utime 14 and stime 15.
        let fields = stat[stat.index(after: name)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        return (user + system) / Double(sysconf(CInt(_SC_CLK_TCK)))
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
