#if os(Linux)
import CLinux
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

#if canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Accepts connections and waits for what happens to the sockets of streams, in a thread of its own, and tells the loops
/// that own them.
///
/// It touches no socket that is a loop's: what that has closed may be another socket by now. Every registration is good for
/// one event; whoever takes that has the socket watched again.
final class SocketPoller: Service, CustomStringConvertible {
    private enum Command {
        case open(Door, EventLoopPromise<Void>)
        case shut(EventLoopPromise<Void>)
        case stop
    }

    private struct Commands {
        var waiting: [Command] = []
        var hasStopped = false
    }

    /// What has to be said once the loops have what is theirs.
    private struct Answers {
        var promises: [EventLoopPromise<Void>] = []
        var stops = false
    }

    /// Events taken at once.
    private static let batch = 256
    /// How long events gather while they come one soon after the other, in microseconds.
    ///
    /// To wake this thread, and by it a loop, costs as much as a stream's whole beginning: alone on a core, a crowd's
    /// streams take 61 µs each without a rest, 42 with 200 µs, and 29 with this.
    private static let rest: UInt32 = 1000

    private let queue: CInt
    private let counter: CInt
    private let serial = Atomic<UInt64>(0)
    private let inboxes = Mutex<[SocketInbox]>([])
    private let commands = Mutex(Commands())

    init() throws {
        queue = linux_queue_create(CInt(O_CLOEXEC))
        counter = linux_counter_create(0, CInt(O_NONBLOCK | O_CLOEXEC))
        guard queue >= 0, counter >= 0, change(LINUX_ADD, .wake, counter, LINUX_READABLE) else {
            throw IOError(errnoCode: errno, reason: "epoll_create1, eventfd")
        }
    }

    deinit {
        Socket.close(queue)
        Socket.close(counter)
    }

    /// What runs services writes this into logs.
    var description: String { "SocketPoller" }

    func run() async throws {
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        await withTaskCancellationOrGracefulShutdownHandler {
            await withCheckedContinuation { continuation in
                thread.submit { _ in
                    self.poll()
                    continuation.resume()
                }
            }
        } onCancelOrGracefulShutdown: {
            self.tell(.stop)
        }
        try await thread.shutdownGracefully()
    }

    // MARK: From any thread

    /// The front of a loop, which is told of its sockets; on that loop.
    func inbox(of loop: StreamLoop) -> SocketInbox {
        inboxes.withLock { inboxes in
            if let known = inboxes.first(where: { $0.loop.eventLoop === loop.eventLoop }) { return known }
            let new = SocketInbox(loop: NIOLoopBound(loop, eventLoop: loop.eventLoop), index: inboxes.count)
            inboxes.append(new)
            loop.inbox = new
            return new
        }
    }

    /// What a socket of a loop is called from now on.
    func tag(_ descriptor: CInt, loop: Int) -> SocketTag {
        SocketTag(
            descriptor: descriptor,
            loop: loop,
            serial: serial.wrappingAdd(1, ordering: .relaxed).newValue
        )
    }

    /// Watches a socket, once, for anything that is to read, and its end; returns whether that could be done.
    func add(_ tag: SocketTag) -> Bool {
        guard !commands.withLock(\.hasStopped) else { return false }
        return change(LINUX_ADD, tag, tag.descriptor, LINUX_READABLE | LINUX_ENDED | LINUX_ONCE)
    }

    /// Whether the kernel would watch a socket, which is not watched then.
    func canWatch(_ tag: SocketTag) -> Bool {
        guard change(LINUX_ADD, tag, tag.descriptor, LINUX_ONCE) else { return false }
        remove(tag)
        return true
    }

    /// Watches a socket once more; returns whether that could be done.
    @discardableResult
    func rearm(_ tag: SocketTag, for events: UInt32 = LINUX_READABLE | LINUX_ENDED) -> Bool {
        change(LINUX_MODIFY, tag, tag.descriptor, events | LINUX_ONCE)
    }

    /// Forgets a socket that goes on elsewhere.
    func remove(_ tag: SocketTag) {
        _ = change(LINUX_DELETE, tag, tag.descriptor, 0)
    }

    /// Has connections accepted, and the door closed in the end; throws where that cannot be done.
    func open(_ door: Door, on eventLoop: any EventLoop) async throws {
        let promise = eventLoop.makePromise(of: Void.self)
        tell(.open(door, promise))
        try await promise.futureResult.get()
    }

    /// Has no more connections accepted; returns when loops have all that were.
    func shutDoor(on eventLoop: any EventLoop) async throws {
        let promise = eventLoop.makePromise(of: Void.self)
        tell(.shut(promise))
        try await promise.futureResult.get()
    }

    private func change(_ operation: CInt, _ tag: SocketTag, _ descriptor: CInt, _ events: UInt32) -> Bool {
        var what = linux_readiness(events: events, tag: tag.rawValue)
        return linux_queue_change(queue, operation, descriptor, &what) == 0
    }

    private func tell(_ command: Command) {
        let hasStopped = commands.withLock { commands in
            if !commands.hasStopped { commands.waiting.append(command) }
            return commands.hasStopped
        }
        guard !hasStopped else { return Self.refuse(late: command) }
        var one: UInt64 = 1
        _ = write(counter, &one, MemoryLayout<UInt64>.size)
    }

    private static func refuse(late command: Command) {
        switch command {
        case .open(let door, let promise):
            Socket.close(door.descriptor)
            promise.fail(CancellationError())
        case .shut(let promise): promise.succeed()
        case .stop: break
        }
    }

    // MARK: On the poller's thread

    private func poll() {
        var pending = PendingConnections(self)
        var ready = [linux_readiness](repeating: linux_readiness(), count: Self.batch)
        var items: [[SocketInbox.Item]] = []
        var answers = Answers()
        var last = NIODeadline.uptimeNanoseconds(0)
        while !answers.stops {
            let count = linux_queue_wait(queue, &ready, CInt(ready.count), pending.patience)
            let inboxes = inboxes.withLock { $0 }
            while items.count < inboxes.count { items.append([]) }
            for event in ready[..<max(0, Int(count))] {
                let tag = SocketTag(rawValue: event.tag)
                if tag == .wake {
                    obey(&pending, &items, &answers)
                } else if !pending.take(tag, &items) {
                    items[tag.loop].append(.happened(tag, events: event.events))
                }
            }
            pending.passTime()
            if answers.stops { pending.shut(&items) }
            for (index, inbox) in inboxes.enumerated() { inbox.push(&items[index]) }
            for promise in answers.promises { promise.succeed() }
            answers.promises = []
            let now = NIODeadline.now()
            if now - last < .microseconds(Int64(2 * Self.rest)) { usleep(Self.rest) }
            last = now
        }
        stop()
    }

    private func obey(
        _ pending: inout PendingConnections,
        _ items: inout [[SocketInbox.Item]],
        _ answers: inout Answers
    ) {
        var count: UInt64 = 0
        _ = read(counter, &count, MemoryLayout<UInt64>.size)
        let waiting = commands.withLock { commands in
            defer { commands.waiting = [] }
            return commands.waiting
        }
        for command in waiting {
            switch command {
            case .open(let door, let promise):
                if pending.open(door) {
                    answers.promises.append(promise)
                } else {
                    promise.fail(IOError(errnoCode: errno, reason: "epoll_ctl"))
                }
            case .shut(let promise):
                pending.shut(&items)
                answers.promises.append(promise)
            case .stop: answers.stops = true
            }
        }
    }

    /// What comes too late is answered, and no loop waits for its sockets any more.
    private func stop() {
        let late = commands.withLock { commands in
            commands.hasStopped = true
            defer { commands.waiting = [] }
            return commands.waiting
        }
        for command in late { Self.refuse(late: command) }
        for inbox in inboxes.withLock({ $0 }) {
            var last = [SocketInbox.Item.stopped]
            inbox.push(&last)
        }
    }
}
#endif
