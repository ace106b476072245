import Glibc
import NIOCore

/// What one stream writes at once.
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
    /// - Returns: Whether the socket has taken it.
    consuming func leave(through socket: CInt?) -> Bool {
        if var rest = single {
            if let socket { rest.moveReaderIndex(forwardBy: Self.send(rest, to: socket)) }
            if rest.readableBytes == 0 { return true }
            context.write(NIOAny(rest), promise: nil)
        }
        context.flush()
        return context.channel.isWritable
    }

    /// Returns how many bytes the socket has taken; none where it has failed, as NIO finds out with what is left.
    private static func send(_ bytes: ByteBuffer, to socket: CInt) -> Int {
        let options = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
        return bytes.withUnsafeReadableBytes { max(0, Glibc.send(socket, $0.baseAddress, $0.count, options)) }
    }
}

extension Channel {
    /// The descriptor of the channel's socket, good as long as the channel is active; nil where it has none.
    var descriptor: CInt? {
        try? pipeline.syncOperations.withUnsafeTransportIfAvailable { (socket: NIOBSDSocket.Handle) in socket }
    }
}
