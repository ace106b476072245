import CLinux
import Glibc

/// The kernel's list of sockets that have something to do (epoll, level-triggered), with one timer.
///
/// The tester's cost per delivery limits what it can measure; this is a recv(2) and a share of an epoll_wait(2).
final class ReadinessQueue {
    /// What a socket is watched for.
    enum Interest {
        case nothing, reading, writing

        fileprivate var events: UInt32 {
            switch self {
            case .nothing: 0
            case .reading: LINUX_READABLE
            case .writing: LINUX_WRITABLE
            }
        }
    }

    private let descriptor: CInt
    private let timer: CInt
    private var ready = [linux_readiness](repeating: linux_readiness(), count: 512)
    private static let timerTag = UInt64.max

    init() throws(BenchError) {
        descriptor = linux_queue_create(O_CLOEXEC)
        timer = linux_timer_create(CLOCK_MONOTONIC, O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0, timer >= 0 else { throw .system("epoll", errno) }
        var event = linux_readiness()
        event.events = LINUX_READABLE
        event.tag = Self.timerTag
        linux_queue_change(descriptor, LINUX_ADD, timer, &event)
    }

    deinit {
        close(timer)
        close(descriptor)
    }

    func add(_ socket: CInt, tag: Int, _ interest: Interest) {
        change(LINUX_ADD, socket, tag, interest)
    }

    func modify(_ socket: CInt, tag: Int, _ interest: Interest) {
        change(LINUX_MODIFY, socket, tag, interest)
    }

    /// Stops watching, for errors too.
    func remove(_ socket: CInt) {
        change(LINUX_DELETE, socket, 0, .nothing)
    }

    private func change(_ operation: CInt, _ socket: CInt, _ tag: Int, _ interest: Interest) {
        var event = linux_readiness()
        event.events = interest.events
        event.tag = UInt64(tag)
        linux_queue_change(descriptor, operation, socket, &event)
    }

    /// Wakes ``wait(_:)`` at a time of the monotonic clock, exactly to what the kernel can do.
    func wake(at time: Int64) {
        var when = linux_timer()
        when.seconds = Int(time / 1_000_000_000)
        when.nanoseconds = Int(time % 1_000_000_000)
        linux_timer_set(timer, TIMER_ABSTIME, &when, nil)
    }

    /// Waits at most `milliseconds`; returns how many sockets are ready, to be asked with ``tag(_:)``.
    func wait(milliseconds: CInt) -> Int {
        Int(max(0, linux_queue_wait(descriptor, &ready, CInt(ready.count), milliseconds)))
    }

    /// Whose turn it is; nil where it was only the timer.
    func tag(_ index: Int) -> Int? {
        let tag = ready[index].tag
        guard tag == Self.timerTag else { return Int(tag) }
        var expirations: UInt64 = 0
        _ = read(timer, &expirations, 8)
        return nil
    }
}
