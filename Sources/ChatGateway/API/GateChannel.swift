import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

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

    let shared: Gate.Shared

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Connection> {
        channel.eventLoop.makeCompletedFuture {
            try channel.syncOptions?
                .setOption(
                    .recvAllocator,
                    value: FixedSizeRecvByteBufferAllocator(capacity: Self.readSize)
                )
            try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
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
