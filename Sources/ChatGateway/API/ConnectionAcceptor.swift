import NIOCore

/// Hands every accepted connection to its ``GateChannel``, on the loop that it will live on.
///
/// It stands in a listener's own channel, in the place of the bootstrap's initializer, whose futures cost a connection a
/// tenth of its instructions, and its loop two changes of thread.
final class ConnectionAcceptor: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private let gates: GateChannel
    /// The bootstrap's own handler has nothing to do where it knows of no initializer: reads go past it.
    private var bootstrap: ChannelHandlerContext?

    init(_ gates: GateChannel) {
        self.gates = gates
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let connection = unwrapInboundIn(data)
        // What follows has the connection's loop register it: that comes behind this, in the order of tasks.
        if connection.eventLoop === context.eventLoop {
            Self.setUp(connection, gates)
        } else {
            connection.eventLoop.execute { [gates] in Self.setUp(connection, gates) }
        }
        if bootstrap == nil { bootstrap = try? context.pipeline.syncOperations.context(name: "AcceptHandler") }
        (bootstrap ?? context).fireChannelRead(data)
    }

    private static func setUp(_ connection: any Channel, _ gates: GateChannel) {
        do { try gates.setUp(connection) } catch { connection.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        bootstrap = nil
    }
}
