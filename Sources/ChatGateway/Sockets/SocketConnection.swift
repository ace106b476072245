#if os(Linux)
import CLinux
import NIOCore

/// A stream's connection that is nothing but a socket; the ``SocketPoller`` tells its loop what happens to it.
///
/// A channel would cost a stream six times the memory, and its beginning three times the instructions: pipeline, promises,
/// timers and options are for connections that do more than take bytes.
final class SocketConnection: StreamConnection {
    /// Pieces up to this size, in bytes, are put together, so that they leave in one call.
    private static let joinLimit = 4096
    /// What a client sends after its request is read in pieces of this size, in bytes, and dropped.
    private static let dropSize = 4096
    /// Pieces that are dropped before others have their turn.
    private static let dropCount = 16
    /// How long a client may take to notice that its stream has ended.
    private static let lingerLimit = TimeAmount.seconds(1)

    let tag: SocketTag
    private let loop: StreamLoop
    private let poller: SocketPoller
    private var stream: EventStream?
    /// What the kernel has yet to take, in order.
    private var held: [ByteBuffer] = []
    private(set) var bytesHeld = 0
    private var isEnding = false
    private var isClosed = false

    /// Makes the connection of a socket that is watched already.
    init(_ stream: EventStream, _ tag: SocketTag, poller: SocketPoller) {
        self.stream = stream
        self.tag = tag
        self.poller = poller
        loop = stream.loop
        loop.sockets.insert(self)
    }

    var socket: CInt? { tag.descriptor }

    var peer: ClientAddress? { isClosed ? nil : Socket.peer(of: tag.descriptor) }

    // MARK: Writing

    func write(_ bytes: ByteBuffer) {
        bytesHeld += bytes.readableBytes
        guard let last = held.indices.last,
            held[last].readableBytes + bytes.readableBytes <= Self.joinLimit
        else { return held.append(bytes) }
        held[last].writeImmutableBuffer(bytes)
    }

    func flush() -> Bool {
        if send() { return true }
        if !isClosed, bytesHeld > 0 { watch() }
        return false
    }

    /// Sends what is held; returns whether the kernel has taken all of it.
    private func send() -> Bool {
        guard !isClosed else { return false }
        for (index, piece) in held.enumerated() {
            guard case .taken(let count) = Socket.send(piece, to: tag.descriptor) else {
                broken()
                return false
            }
            bytesHeld -= count
            guard count == piece.readableBytes else {
                held.removeFirst(index)
                held[0].moveReaderIndex(forwardBy: count)
                return false
            }
        }
        held = []
        return true
    }

    func end(behind bytes: ByteBuffer) {
        write(bytes)
        isEnding = true
        // A close with unread bytes would reset the connection and take the last event with it: leave it to the client.
        if flush() { Socket.endOutput(of: tag.descriptor) }
        loop.eventLoop.assumeIsolated().scheduleTask(in: Self.lingerLimit) { self.close() }
    }

    private func broken() {
        held = []
        bytesHeld = 0
        // Not within a call from the stream.
        loop.eventLoop.assumeIsolated().execute { self.close() }
    }

    // MARK: What happens

    /// The poller has seen something, and waits to be told to go on.
    func happened(_ events: UInt32) {
        guard !isClosed else { return }
        guard events & (LINUX_FAILED | LINUX_CLOSED) == 0 else { return close() }
        // All of it before a close, which would otherwise reset the connection.
        if events & (LINUX_READABLE | LINUX_ENDED) != 0, drop() { return close() }
        if events & LINUX_WRITABLE != 0, bytesHeld > 0, send() {
            if isEnding { Socket.endOutput(of: tag.descriptor) } else { stream?.becameWritable() }
        }
        if !isClosed { watch() }
    }

    /// Drops what a client sends after its request; returns whether that was all.
    private func drop() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: Self.dropSize, alignment: 1) { buffer in
            for _ in 0..<Self.dropCount {
                switch Socket.receive(from: tag.descriptor, into: buffer) {
                case .bytes: continue
                case .nothing: return false
                case .end: return true
                }
            }
            return false
        }
    }

    private func watch() {
        let always = LINUX_READABLE | LINUX_ENDED
        poller.rearm(tag, for: bytesHeld > 0 ? always | LINUX_WRITABLE : always)
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        loop.sockets.remove(self)
        Socket.close(tag.descriptor)
        held = []
        bytesHeld = 0
        stream?.closed()
        stream = nil
    }
}
#endif
