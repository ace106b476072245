import HummingbirdCore
import Logging
import NIOCore

/// Prepares connections that Hummingbird's server has accepted; what goes over them is the gate's.
struct SharedChannel: ServerChildChannel {
    /// A connection, of which Hummingbird's server has nothing to do any more.
    struct Value: ServerChildChannelValue {
        let channel: any Channel
    }

    let gates: GateChannel
    /// After how long a peer that acknowledges nothing is given up by the kernel.
    let deadPeerLimit: Duration

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        PublicListener.limitDeadPeers(channel, deadPeerLimit)
        return channel.eventLoop.makeCompletedFuture {
            try gates.setUp(channel)
            return Value(channel: channel)
        }
    }

    func handle(value: Value, logger: Logger) async {}
}
