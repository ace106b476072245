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
            case .reading: EPOLLIN
            case .writing: EPOLLOUT
            }
        }
    }

    private let descriptor: CInt
    private let timer: CInt
    private var ready = [epoll_event](repeating: epoll_event(), count: 512)
    private static let timerTag = UInt64.max

    init() throws(BenchError) {
        descriptor = epoll_create1(O_CLOEXEC)
        timer = timerfd_create(CLOCK_MONOTONIC, O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0, timer >= 0 else { throw .system("epoll", errno) }
        var event = epoll_event()
        event.events = EPOLLIN
        event.data = Self.timerTag
        epoll_ctl(descriptor, EPOLL_CTL_ADD, timer, &event)
    }

    deinit {
        close(timer)
        close(descriptor)
    }

    func add(_ socket: CInt, tag: Int, _ interest: Interest) {
        change(EPOLL_CTL_ADD, socket, tag, interest)
    }

    func modify(_ socket: CInt, tag: Int, _ interest: Interest) {
        change(EPOLL_CTL_MOD, socket, tag, interest)
    }

    /// Stops watching, for errors too.
    func remove(_ socket: CInt) {
        change(EPOLL_CTL_DEL, socket, 0, .nothing)
    }

    private func change(_ operation: CInt, _ socket: CInt, _ tag: Int, _ interest: Interest) {
        var event = epoll_event()
        event.events = interest.events
        event.data = UInt64(tag)
        epoll_ctl(descriptor, operation, socket, &event)
    }

    /// Wakes ``wait(_:)`` at a time of the monotonic clock, exactly to what the kernel can do.
    func wake(at time: Int64) {
        var when = clinux_timer()
        when.seconds = Int(time / 1_000_000_000)
        when.nanoseconds = Int(time % 1_000_000_000)
        timerfd_settime(timer, TIMER_ABSTIME, &when, nil)
    }

    /// Waits at most `milliseconds`; returns how many sockets are ready, to be asked with ``tag(_:)``.
    func wait(milliseconds: CInt) -> Int {
        Int(max(0, epoll_wait(descriptor, &ready, CInt(ready.count), milliseconds)))
    }

    /// Whose turn it is; nil where it was only the timer.
    func tag(_ index: Int) -> Int? {
        let tag = ready[index].data
        guard tag == Self.timerTag else { return Int(tag) }
        var expirations: UInt64 = 0
        _ = read(timer, &expirations, 8)
        return nil
    }
}
