#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The program's two ways to speak: results on stdout; mistakes, warnings and log records on stderr.
struct Console: Sendable {
    static let output = Console(descriptor: STDOUT_FILENO)
    static let error = Console(descriptor: STDERR_FILENO)

    private let descriptor: Int32

    /// Writes a line with a single call and without a buffer, so that lines of several threads do not mix and whoever
    /// waits for a line gets it at once.
    func say(_ line: String) {
        var line = line
        line.append("\n")
        line.withUTF8 { writeAll(UnsafeRawBufferPointer($0)) }
    }

    // A reader that went away must not end the program: what cannot be written is given up.
    private func writeAll(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                return
            }
        }
    }
}
