import CLinux
import Foundation
import Synchronization

/// A program that a test has started: its output is kept (the last MiB of each stream), and it does not outlive the test.
///
/// It is killed when this object goes away and, on Linux, when the test process dies, however that happens.
public final class ChildProcess: Sendable {
    /// One of the two outputs of a program.
    public enum Output: Sendable {
        /// Descriptor 1.
        case standard
        /// Descriptor 2.
        case error
    }

    /// How a program ended.
    public enum Ending: Hashable, Sendable {
        /// By itself, with this status.
        case exit(Int32)
        /// By this signal.
        case signal(Int32)
    }

    /// The program's process id; once it has ended the number means nothing.
    public let pid: pid_t

    private let name: String
    private let record: Record

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: A path, or a name that is looked up in `PATH`.
    ///   - arguments: Its arguments.
    ///   - environment: Variables to set or, with nil, to remove; all others are those of the test.
    ///   - directory: Where it runs; the test's own directory if nil.
    /// - Throws: Where the program cannot be started.
    public init(
        _ program: String,
        _ arguments: [String] = [],
        environment: [String: String?] = [:],
        directory: String? = nil
    ) async throws {
        let record = Record()
        self.record = record
        name = program.split(separator: "/").last.map(String.init) ?? program
        var variables = ProcessInfo.processInfo.environment
        for (name, value) in environment { variables[name] = value }
        var command = [program] + arguments
        if let directory { command = ["/usr/bin/env", "--chdir", directory] + command }
        // The kernel sends this signal when the *thread* that started the program ends: see `Spawn.run`.
        let guarded = "/usr/bin/setpriv"
        if FileManager.default.isExecutableFile(atPath: guarded) {
            command = [guarded, "--pdeathsig", "KILL", "--"] + command
        }
        let spawn = Spawn(command: command, variables: variables, record: record)
        pid = try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { spawn.run(started: continuation) }
        }
    }

    deinit {
        record.signal(SIGKILL, to: pid)
    }

    /// What the program has written so far, at most the last MiB of it.
    public func text(of output: Output) -> String {
        String(decoding: record.bytes(of: output), as: UTF8.self)
    }

    /// The lines that the program has written so far; the last one may be incomplete.
    public func lines(of output: Output) -> [String] {
        text(of: output).split(separator: "\n").map(String.init)
    }

    /// Waits for a line; throws, with what was written instead, where it does not come or the program ends without it.
    @discardableResult
    public func line(
        of output: Output,
        within limit: Duration = .waitLimit,
        where matches: @Sendable (String) -> Bool
    ) async throws -> String {
        let deadline = ContinuousClock.now + limit
        while true {
            let hasEnded = record.ending != nil && record.isDrained
            let complete = text(of: output).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            if let line = complete.first(where: { matches(String($0)) }) { return String(line) }
            guard !hasEnded, ContinuousClock.now < deadline else {
                throw noSuchLine
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private var noSuchLine: NoSuchLine {
        NoSuchLine(program: name, ending: ending, written: text(of: .standard) + text(of: .error))
    }

    /// The programs that this one has started and that still run.
    public var children: [pid_t] {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        let lists = threads.map { try? String(contentsOfFile: "/proc/\(pid)/task/\($0)/children", encoding: .utf8) }
        return lists.flatMap { ($0 ?? "").split(separator: " ").compactMap { pid_t($0) } }
    }

    /// How the program ended; nil while it runs.
    public var ending: Ending? { record.ending }

    /// Whether both outputs have ended, so that nothing more will be written.
    public var isDrained: Bool { record.isDrained }

    /// Sends a signal; without effect once the program has ended.
    public func signal(_ number: Int32) {
        record.signal(number, to: pid)
    }

    /// Waits for the program to end.
    public func end(within limit: Duration = .waitLimit) async throws -> Ending {
        try await eventually("\(name), process \(pid), ends", within: limit) { self.record.ending != nil }
        guard let ending = record.ending else { throw CancellationError() }
        return ending
    }

    /// Asks the program to end (SIGTERM), and kills it where it does not within the time.
    @discardableResult
    public func stop(within limit: Duration = .seconds(30)) async -> Ending? {
        signal(SIGTERM)
        signal(SIGCONT)
        if let ending = try? await end(within: limit) { return ending }
        return await kill()
    }

    /// Ends the program at once (SIGKILL).
    @discardableResult
    public func kill() async -> Ending? {
        signal(SIGKILL)
        return try? await end()
    }

    /// Runs a program to its end and returns what it wrote to standard output; throws where it fails or takes too long.
    public static func output(
        of program: String,
        _ arguments: [String] = [],
        environment: [String: String?] = [:],
        directory: String? = nil,
        within limit: Duration = .waitLimit
    ) async throws -> String {
        let child = try await ChildProcess(program, arguments, environment: environment, directory: directory)
        let ending = try await child.end(within: limit)
        try await eventually("the output of \(program) ends") { child.record.isDrained }
        guard ending == .exit(0) else {
            throw child.noSuchLine
        }
        return child.text(of: .standard)
    }
}

/// A program did not write what was expected of it.
public struct NoSuchLine: Error, CustomStringConvertible {
    /// Which program.
    public var program = "the program"
    /// How it ended; nil if it still runs.
    public var ending: ChildProcess.Ending?
    /// What it wrote instead.
    public var written: String

    /// The report of the test.
    public var description: String {
        "\(program) \(ending.map { "ended with \($0)" } ?? "runs") and wrote:\n\(written.suffix(4000))"
    }
}

/// What is known of a program: what it wrote and how it ended.
private final class Record: Sendable {
    private struct State {
        var outputs: [ChildProcess.Output: [UInt8]] = [:]
        var openOutputs = 2
        var ending: ChildProcess.Ending?
    }

    private let state = Mutex(State())

    var ending: ChildProcess.Ending? { state.withLock { $0.ending } }
    var isDrained: Bool { state.withLock { $0.openOutputs == 0 } }

    func bytes(of output: ChildProcess.Output) -> [UInt8] {
        state.withLock { $0.outputs[output] ?? [] }
    }

    func append(_ bytes: some Sequence<UInt8>, to output: ChildProcess.Output) {
        let limit = 1 << 20
        state.withLock { state in
            state.outputs[output, default: []].append(contentsOf: bytes)
            let count = state.outputs[output]?.count ?? 0
            if count > 2 * limit { state.outputs[output]?.removeFirst(count - limit) }
        }
    }

    func closed() {
        state.withLock { $0.openOutputs -= 1 }
    }

    func signal(_ number: Int32, to pid: pid_t) {
        // Under the lock: once the program is reaped its number may belong to somebody else.
        state.withLock { state in
            if state.ending == nil { _ = kill(pid, number) }
        }
    }

    /// Blocks until the program has ended.
    func reap(_ pid: pid_t) {
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        state.withLock { state in
            var status: Int32 = 0
            _ = waitpid(pid, &status, 0)
            let signal = status & 0x7f
            state.ending = signal == 0 ? .exit((status >> 8) & 0xff) : .signal(signal)
        }
    }
}

/// Starts one program and sees it to its end.
private struct Spawn {
    var command: [String]
    var variables: [String: String]
    var record: Record

    /// Runs on a thread of its own, which lives as long as the program: the kernel ties the death signal to it.
    func run(started: CheckedContinuation<pid_t, any Error>) {
        guard let pid = start(started) else { return }
        started.resume(returning: pid)
        record.reap(pid)
    }

    private func start(_ started: CheckedContinuation<pid_t, any Error>) -> pid_t? {
        var ends: [[Int32]] = [[-1, -1], [-1, -1]]
        for index in ends.indices {
            guard pipe(&ends[index]) == 0 else {
                started.resume(throwing: POSIXError(POSIXErrorCode(rawValue: errno) ?? .EMFILE))
                return nil
            }
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[0][1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1][1], 2)
        // A program that came along with a socket of the test's would keep that connection open.
        linux_spawn_close_from(&actions, 3)
        // Threads of a test process block most signals, and what they start would inherit that: no SIGTERM would reach it.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGHUP, SIGINT, SIGPIPE, SIGTERM] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        let environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { for string in arguments + environment { free(string) } }
        var pid: pid_t = 0
        let failure = posix_spawnp(&pid, command[0], &actions, &attributes, arguments, environment)
        for end in ends { close(end[1]) }
        guard failure == 0 else {
            for end in ends { close(end[0]) }
            started.resume(throwing: POSIXError(POSIXErrorCode(rawValue: failure) ?? .ENOENT))
            return nil
        }
        for (descriptor, output) in [(ends[0][0], ChildProcess.Output.standard), (ends[1][0], .error)] {
            let record = record
            Thread.detachNewThread { Self.read(descriptor, of: output, into: record) }
        }
        return pid
    }

    private static func read(_ descriptor: Int32, of output: ChildProcess.Output, into record: Record) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            if count > 0 {
                record.append(buffer[..<count], to: output)
            } else if count == 0 || errno != EINTR {
                break
            }
        }
        close(descriptor)
        record.closed()
    }
}
