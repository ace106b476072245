#if os(Linux)
import CLinux
import NIOCore

#if canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Connections that were accepted at a ``Door`` and have said nothing yet; on the poller's thread.
///
/// They wait here and not on a loop: most have their request there by the time they are accepted, or a moment later, and
/// those that keep silent cost a descriptor and nothing else.
struct PendingConnections: ~Copyable {
    private struct Pending {
        let tag: SocketTag
        let acceptedAt: NIODeadline
    }

    /// Connections accepted before others have their turn.
    private static let acceptCount = 64
    /// How long nobody is accepted once the process has no descriptors left.
    private static let pause = TimeAmount.milliseconds(100)
    /// The longest head that is looked at here, in bytes; longer ones are for HTTP's decoder.
    private static let bufferSize = 16 * 1024

    private let poller: SocketPoller
    private var door: Door?
    /// What the door itself is called.
    private var doorTag: SocketTag?
    private var pending: [CInt: Pending] = [:]
    /// Those that wait, and some that do no longer, in the order in which they came; the first one waits.
    private var queue: CircularBuffer<Pending> = []
    private var pausedUntil: NIODeadline?
    private var turn = 0
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferSize, alignment: 16)

    init(_ poller: SocketPoller) {
        self.poller = poller
    }

    deinit { buffer.deallocate() }

    /// For how long the poller may wait, in milliseconds; -1 for as long as it likes.
    var patience: CInt {
        guard !queue.isEmpty || pausedUntil != nil else { return -1 }
        var next = pausedUntil ?? .distantFuture
        if let first = queue.first { next = min(next, deadline(of: first)) }
        let rest = (next - .now()).nanoseconds
        return CInt(clamping: max(0, (rest + 999_999) / 1_000_000))
    }

    /// Accepts connections from now on; returns whether that can be done, otherwise the door is closed.
    mutating func open(_ door: Door) -> Bool {
        let tag = poller.tag(door.descriptor, loop: 0)
        guard poller.add(tag) else {
            Socket.close(door.descriptor)
            return false
        }
        self.door = door
        doorTag = tag
        return true
    }

    /// Accepts no more; who has been silent so far is sent away.
    mutating func shut(_ items: inout [[SocketInbox.Item]]) {
        guard let door, let doorTag else { return }
        for waiting in pending.values where readFirst(of: waiting, isRegistered: true, &items) != .arrived {
            dismiss(waiting)
        }
        pending = [:]
        queue = []
        pausedUntil = nil
        // NIO's descriptor for the same socket keeps it in the queue otherwise.
        poller.remove(doorTag)
        Socket.close(door.descriptor)
        self.door = nil
        self.doorTag = nil
    }

    /// Something has happened to a socket; returns whether it is one of those here.
    mutating func take(_ tag: SocketTag, _ items: inout [[SocketInbox.Item]]) -> Bool {
        if tag == doorTag {
            accept(&items)
            return true
        }
        guard let waiting = pending[tag.descriptor], waiting.tag == tag else { return false }
        switch readFirst(of: waiting, isRegistered: true, &items) {
        case .silent where poller.rearm(tag): return true
        case .arrived: break
        case .silent, .gone: dismiss(waiting)
        }
        pending[tag.descriptor] = nil
        return true
    }

    /// Sends those away who have kept silent for too long, and goes on accepting after a pause.
    mutating func passTime() {
        while let first = queue.first, pending[first.tag.descriptor]?.tag != first.tag { queue.removeFirst() }
        guard patience == 0 else { return }
        let now = NIODeadline.now()
        while let waiting = queue.first, deadline(of: waiting) <= now {
            queue.removeFirst()
            guard pending[waiting.tag.descriptor]?.tag == waiting.tag else { continue }
            pending[waiting.tag.descriptor] = nil
            door?.lane.gates.shared.metrics.reached(.headTime)
            dismiss(waiting)
        }
        if let until = pausedUntil, until <= now {
            pausedUntil = nil
            if let doorTag { poller.rearm(doorTag) }
        }
    }

    /// When somebody's time is up, as the limit is now.
    private func deadline(of waiting: Pending) -> NIODeadline {
        guard let policy = door?.lane.gates.shared.policy.value else { return .distantFuture }
        return waiting.acceptedAt + TimeAmount(policy.limits.headTimeout)
    }

    private mutating func accept(_ items: inout [[SocketInbox.Item]]) {
        guard let door, let doorTag else { return }
        for _ in 0..<Self.acceptCount {
            switch Socket.accept(door.descriptor) {
            case .accepted(let descriptor): welcome(descriptor, at: door, &items)
            // Somebody who has left while waiting to be accepted says nothing of the next.
            case .left: continue
            case .exhausted:
                pausedUntil = .now() + Self.pause
                return
            case .nobody:
                poller.rearm(doorTag)
                return
            }
        }
        poller.rearm(doorTag)
    }

    private mutating func welcome(_ descriptor: CInt, at door: Door, _ items: inout [[SocketInbox.Item]]) {
        let lane = door.lane
        if let connections = lane.gates.shared.connections {
            guard !connections.isReached else {
                lane.gates.shared.metrics.reached(.connections)
                return Socket.close(descriptor)
            }
            connections.began()
        }
        turn = (turn + 1) % door.inboxes.count
        let tag = poller.tag(descriptor, loop: door.inboxes[turn].index)
        let waiting = Pending(tag: tag, acceptedAt: .now())
        switch readFirst(of: waiting, isRegistered: false, &items) {
        case .arrived: break
        case .gone: dismiss(waiting)
        case .silent:
            guard poller.add(tag) else { return dismiss(waiting) }
            pending[descriptor] = waiting
            queue.append(waiting)
        }
    }

    private enum First {
        case arrived, silent, gone
    }

    /// Looks at somebody's first bytes, and leaves them where they are: a channel reads for itself.
    private func readFirst(
        of waiting: Pending,
        isRegistered: Bool,
        _ items: inout [[SocketInbox.Item]]
    ) -> First {
        guard let door else { return .gone }
        switch Socket.peek(waiting.tag.descriptor, into: buffer) {
        case .nothing: return .silent
        case .end: return .gone
        case .bytes(let count):
            let arrival = Arrival(
                tag: waiting.tag,
                isRegistered: isRegistered,
                bytes: ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: buffer[..<count])),
                acceptedAt: waiting.acceptedAt,
                lane: door.lane
            )
            items[waiting.tag.loop].append(.arrived(arrival))
            return .arrived
        }
    }

    private func dismiss(_ waiting: Pending) {
        Socket.close(waiting.tag.descriptor)
        door?.lane.gates.shared.connections?.ended()
    }
}
#endif
