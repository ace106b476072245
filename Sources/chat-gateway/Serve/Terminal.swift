#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The terminal that the program may have been started in.
enum Terminal {
    private static let wasThere = isatty(STDERR_FILENO) == 1

    /// Remembers, at the start, whether there is one.
    static func notice() { _ = wasThere }

    /// Whether there was one that is gone, so that SIGHUP means what it has always meant: the end.
    static var hasHungUp: Bool { wasThere && isatty(STDERR_FILENO) == 0 }
}
