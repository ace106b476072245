import ChatGatewayTesting
import NIOCore
import NIOEmbedded

@testable import ChatGateway

/// A node's fan-out on one loop that a test drives by hand: real rooms, streams and passes, without sockets.
final class StreamStage {
    let loop = EmbeddedEventLoop()
    let fanout: Fanout
    let epoch: Epoch
    /// The time of day: 1970 until a test moves it.
    let clock = ManualClock(milliseconds: 0)

    init(
        maximum: Int = 100,
        heartbeat: TimeAmount = .seconds(15),
        slowLimit: TimeAmount = .seconds(60),
        broker: any Broker = LocalBroker()
    ) throws {
        fanout = Fanout(
            broker: broker,
            limits: StreamLimits(maximum: maximum),
            settings: StreamSettings(node: "n1", heartbeat: heartbeat, slowLimit: slowLimit, linger: .seconds(10)),
            wallClock: clock.now
        )
        broker.deliver(to: fanout)
        // A history whose name the tests know.
        guard let epoch = Epoch("e") else { throw NoEpoch() }
        self.epoch = epoch
        fanout.receive(.timeline(Timeline(epoch: epoch)))
    }

    struct NoEpoch: Error {}

    var streams: StreamLoop { fanout.loop(on: loop) }

    /// Opens a stream as the gate does.
    func open(
        _ rooms: String...,
        presented: String? = nil,
        user: String? = nil,
        expires: UInt64? = nil,
        resume: String? = nil,
        excludesOwn: Bool = false
    ) throws -> (channel: EmbeddedChannel, stream: EventStream) {
        let stream = EventStream(loop: streams)
        let connection = ChannelConnection(stream)
        let channel = EmbeddedChannel(handler: connection, loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        var request = StreamRequest(rooms: rooms.map { Room.named($0) }, presented: .init(presented), history: 0)
        request.user = user
        request.expires = expires
        request.resume = resume
        request.excludesOwn = excludesOwn
        stream.begin(on: connection, head: ByteBuffer(string: "HEAD\n"), request: request)
        loop.run()
        return (channel, stream)
    }

    /// A message arrives at the node.
    func post(_ text: String, at milliseconds: UInt64, in room: String) {
        let entry = Entry(position: at(milliseconds), previous: .zero, body: ByteBuffer(string: text))
        fanout.receive(.message(Room.named(room), entry))
    }
}

extension EmbeddedChannel {
    /// Everything written since the last call, write by write.
    func writes() throws -> [String] {
        var writes: [String] = []
        while let bytes = try readOutbound(as: ByteBuffer.self) { writes.append(String(buffer: bytes)) }
        return writes
    }
}
