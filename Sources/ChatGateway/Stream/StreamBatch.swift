import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What one stream writes at once; nothing else may be written to the stream before it has left.
///
/// A single piece, as nearly every delivery is, goes straight to the socket: NIO's own way there costs five times as many
/// instructions as all the rest of a delivery, on objects that are in no cache. Several pieces leave together through NIO,
/// and so does what a socket does not take: what to do then, and when a connection breaks, is NIO's to know.
struct StreamBatch: ~Copyable {
    private let context: ChannelHandlerContext
    /// The only piece so far.
    private var single: ByteBuffer?
    private(set) var isEmpty = true

    init(_ context: ChannelHandlerContext) {
        self.context = context
    }

    /// Adds whole events.
    mutating func add(_ bytes: ByteBuffer) {
        if isEmpty {
            single = bytes
            isEmpty = false
        } else {
            if let first = single.take() { context.write(NIOAny(first), promise: nil) }
            context.write(NIOAny(bytes), promise: nil)
        }
    }

    /// Writes everything.
    ///
    /// - Parameter socket: The channel's, where NIO holds nothing that has to go before.
    /// - Returns: Whether the socket has taken all of it.
    consuming func leave(to socket: CInt?) -> Bool {
        if let single {
            let taken = socket.map { Self.offer(single, to: $0) } ?? 0
            if taken == single.readableBytes { return true }
            context.write(NIOAny(Self.rest(of: single, behind: taken)), promise: nil)
        }
        context.flush()
        return context.channel.isWritable
    }

    /// What a socket has left over.
    ///
    /// NIO calls a channel writable that holds a single byte, which the next piece would overtake. It is the end of an
    /// event's empty line, and a second empty line is nothing to a listener.
    static func rest(of bytes: ByteBuffer, behind taken: Int) -> ByteBuffer {
        var rest = bytes
        rest.moveReaderIndex(forwardBy: taken)
        return rest.readableBytes == 1 ? ByteBuffer(string: "\n\n") : rest
    }

    /// Returns how many bytes the socket has taken; none where it has failed, as NIO finds out with what is left.
    private static func offer(_ bytes: ByteBuffer, to socket: CInt) -> Int {
        #if canImport(Darwin)
        // There NIO has its sockets raise no signals.
        let options = CInt(MSG_DONTWAIT)
        #else
        let options = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
        #endif
        return bytes.withUnsafeReadableBytes { max(0, send(socket, $0.baseAddress, $0.count, options)) }
    }
}

extension Channel {
    /// The descriptor of the channel's socket, good as long as the channel is active; nil where it has none.
    var descriptor: CInt? {
        try? pipeline.syncOperations.withUnsafeTransportIfAvailable { (socket: NIOBSDSocket.Handle) in socket }
    }
}
