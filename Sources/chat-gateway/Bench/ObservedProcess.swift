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

    /// The TCP ports that it takes connections on; nil where its descriptors may not be looked at.
    var listeningPorts: Set<Int>? {
        guard let directory = opendir("/proc/\(pid)/fd") else { return nil }
        defer { closedir(directory) }
        var sockets: Set<Substring> = []
        var target = [CChar](repeating: 0, count: 64)
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            let count = readlink("/proc/\(pid)/fd/\(name)", &target, target.count)
            // socket:[INODE]
            let text = String(decoding: target[..<max(0, count)].map(UInt8.init(bitPattern:)), as: UTF8.self)
            if text.hasPrefix("socket:[") { sockets.insert(text.dropFirst(8).dropLast()) }
        }
        var ports: Set<Int> = []
        for table in ["tcp", "tcp6"] {
            for line in SystemFile.read("/proc/\(pid)/net/\(table)")?.split(separator: "\n").dropFirst() ?? [] {
                // Number, local address:port in hexadecimal, remote one, state (0A: listens), …, inode.
                let fields = line.split(separator: " ")
                guard fields.count > 9, fields[3] == "0A", sockets.contains(fields[9]) else { continue }
                if let port = fields[1].split(separator: ":").last.flatMap({ Int($0, radix: 16) }) {
                    ports.insert(port)
                }
            }
        }
        return ports
    }

    private func status(_ field: String) -> Substring? {
        SystemFile.read("/proc/\(pid)/status").flatMap { SystemFile.field(field, in: $0) }
    }
}
