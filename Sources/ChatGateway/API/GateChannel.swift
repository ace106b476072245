import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

#if canImport(Musl)
import Musl
#elseif canImport(Glibc)
import Glibc
#endif

/// Prepares every accepted connection: HTTP's codec, and the ``Gate`` behind it.
///
/// Hummingbird's server accepts and stops; what goes over a connection is the gate's.
struct GateChannel: ServerChildChannel {
    /// A connection, of which nothing is left to do in a task.
    struct Connection: ServerChildChannelValue {
        let channel: any Channel
    }

    /// What a connection reads at once, in bytes; the buffer is kept for the connection's life, so that it counts for
    /// every stream.
    static let readSize = 512
    /// The kernel counts a full window too: a slow reader is told first, by the stream itself.
    private static let deadPeerGrace = TimeAmount.seconds(2)

    let shared: Gate.Shared
    /// Adds what comes between socket and HTTP.
    var secure: (@Sendable (any Channel) throws -> Void)?
    /// After how long a peer that acknowledges nothing is given up by the kernel, whose own limit is 15 minutes.
    ///
    /// A machine that vanished leaves its connections half-open: heartbeats go into the socket's buffer and say nothing.
    var deadPeerLimit: Duration?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Connection> {
        channel.eventLoop.makeCompletedFuture {
            do {
                if shared.connections?.isReached == true {
                    shared.metrics.reached(.connections)
                    throw ChannelError.ioOnClosedChannel
                }
                try secure?(channel)
            } catch {
                // To fail here would be an error of the server, not of the connection.
                channel.close(promise: nil)
                return Connection(channel: channel)
            }
            try channel.syncOptions?
                .setOption(
                    .recvAllocator,
                    value: FixedSizeRecvByteBufferAllocator(capacity: Self.readSize)
                )
            try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
            #if os(Linux)
            if let limit = deadPeerLimit {
                let milliseconds = Int((TimeAmount(limit) + Self.deadPeerGrace).nanoseconds / 1_000_000)
                // A connection that has been reset already need not be given up.
                try? channel.syncOptions?.setOption(.tcpOption(.init(rawValue: TCP_USER_TIMEOUT)), value: milliseconds)
            }
            #endif
            var limits = NIOHTTPDecoderLimitConfiguration()
            let headBytes = shared.policy.value.limits.headBytes
            limits.maxHeaderFieldSize = headBytes
            limits.maxHeaderListSize = headBytes
            let codec = Gate.Codec(
                encoder: HTTPResponseEncoder(),
                decoder: ByteToMessageHandler(
                    HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
                )
            )
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(codec.encoder)
            try pipeline.addHandler(codec.decoder)
            try pipeline.addHandler(Gate(shared, codec: codec))
            return Connection(channel: channel)
        }
    }

    func handle(value: Connection, logger: Logger) async {}
}
