#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How many descriptors (connections, files) this process may have open.
enum DescriptorLimit {
    /// Raises the limit to the highest that this process may set for itself; where the system refuses, it stays.
    static func raise() {
        guard var limit = current else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(resource, &limit)
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
