#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How many descriptors (connections, files) this process may have open.
enum DescriptorLimit {
    /// Raises the limit to the highest that this process may set for itself, and has the kernel prepare for it; where the
    /// system refuses, all stays as it is.
    static func raise() {
        guard var limit = current else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(resource, &limit)
        makeRoom()
    }

    /// Has the kernel make room for that many, or for the first 65,536 of them, which takes half a MiB.
    ///
    /// Its table of a process's descriptors doubles when it is full, and whoever opens the next one waits until no thread
    /// looks at the old table: 10 to 30 ms each, in which nobody is accepted.
    private static func makeRoom() {
        let last = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, Int32(min(maximum, 65_536) - 1))
        if last >= 0 { close(last) }
    }

    /// The highest limit that this process may set for itself.
    static var maximum: Int {
        guard let limit = current else { return 1024 }
        return Int(clamping: limit.rlim_max)
    }

    /// How many streams leave 1,000 descriptors for everything else, or half of them where there are few.
    static var streams: Int {
        min(max(maximum - 1000, maximum / 2), 10_000_000)
    }

    /// How many connections of all kinds leave 100 for the ops listener, Redis and files, or a third where there are few.
    static var connections: Int {
        max(maximum - 100, maximum * 2 / 3)
    }

    private static var current: rlimit? {
        var limit = rlimit()
        return getrlimit(resource, &limit) == 0 ? limit : nil
    }

    #if canImport(Glibc)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
    private static let resource = RLIMIT_NOFILE
    #endif
}
