import NIOCore
import NIOHTTP1

/// Prepares every accepted connection: HTTP's decoder, and the ``Gate`` behind it.
///
/// ``PublicListener`` accepts and stops; what goes over a connection is the gate's.
struct GateChannel: Sendable {
    /// What a connection reads at once, in bytes; the buffer is kept for the connection's life, so that it counts for
    /// every stream.
    static let readSize = 512

    var shared: Gate.Shared
    /// Adds what comes between socket and HTTP.
    var secure: (@Sendable (any Channel) throws -> Void)?

    /// Throws where the channel's pipeline takes no handlers any more; on the channel's loop.
    ///
    /// With the time when a connection was accepted it has been counted too, and is not one too many; its first bytes are
    /// there to be read.
    func setUp(_ channel: any Channel, acceptedAt: NIODeadline? = nil) throws {
        do {
            if acceptedAt == nil, shared.connections?.isReached == true {
                shared.metrics.reached(.connections)
                throw ChannelError.ioOnClosedChannel
            }
            try secure?(channel)
        } catch {
            // To fail here would be an error of the server, not of the connection.
            channel.close(promise: nil)
            return
        }
        if let options = channel.syncOptions {
            try options.setOption(.allowRemoteHalfClosure, value: true)
            let allocator = FixedSizeRecvByteBufferAllocator(capacity: Self.readSize)
            try options.setOption(.recvAllocator, value: allocator)
            try options.setOption(.maxMessagesPerRead, value: 1)
        }
        var limits = NIOHTTPDecoderLimitConfiguration()
        let headBytes = shared.policy.value.limits.headBytes
        limits.maxHeaderFieldSize = headBytes
        limits.maxHeaderListSize = headBytes
        limits.maxHeaderFieldCount = PlainHead.maximumFields
        let decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
        )
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(decoder)
        try pipeline.addHandler(
            Gate(
                shared,
                decoder: decoder,
                acceptedAt: acceptedAt ?? channel.eventLoop.now,
                hasUnread: acceptedAt != nil
            )
        )
    }
}
