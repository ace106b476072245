import Glibc
import Synchronization

/// This program, started once more, and the pipes to it.
final class ListenerChild: Sendable {
    let pid: pid_t
    private let input: CInt
    private let output: CInt
    private let unread = Mutex<[UInt8]>([])

    init(arguments: [String]) throws(BenchError) {
        var toChild: [CInt] = [0, 0]
        var fromChild: [CInt] = [0, 0]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw .system("pipe", errno) }
        // Children started later must not hold this one's pipes open.
        for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Ctrl-C reaches a whole group of processes, and is for the one that reports.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        argv.append(nil)
        defer { for argument in argv { free(argument) } }
        var child = pid_t()
        let code = posix_spawn(&child, "/proc/self/exe", &actions, &attributes, argv, environ)
        close(toChild[0])
        close(fromChild[1])
        input = toChild[1]
        output = fromChild[0]
        pid = child
        guard code == 0 else { throw .system("start a process", code) }
        // A child that is gone must not end this process when it is written to.
        signal(SIGPIPE, SIG_IGN)
    }

    deinit {
        close(input)
        close(output)
    }

    func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(input, bytes, bytes.count)
    }

    /// Waits for the next line; nil where there are no more.
    func readLine() -> String? {
        unread.withLock { unread in
            var piece = [UInt8](repeating: 0, count: 64 * 1024)
            var searched = 0
            while true {
                if let end = unread[searched...].firstIndex(of: 0x0A) {
                    let line = String(decoding: unread[..<end], as: UTF8.self)
                    unread.removeSubrange(...end)
                    return line
                }
                searched = unread.count
                let count = read(output, &piece, piece.count)
                guard count > 0 else { return nil }
                unread.append(contentsOf: piece[..<count])
            }
        }
    }

    func wait() {
        var status: CInt = 0
        waitpid(pid, &status, 0)
    }
}
