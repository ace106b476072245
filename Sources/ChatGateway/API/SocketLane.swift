#if os(Linux)
import NIOCore
import NIOHTTP1
import NIOPosix

/// Takes in connections that are no channels yet: opens a stream on the bare socket where the first bytes are a whole
/// request for one that can be answered at once, and makes every other connection a channel with its ``Gate``.
///
/// A class, so that an arrival brings no more than a reference.
final class SocketLane: Sendable {
    let gates: GateChannel
    private let poller: SocketPoller
    private let channels: OpenChannels

    init(gates: GateChannel, poller: SocketPoller, channels: OpenChannels) {
        self.gates = gates
        self.poller = poller
        self.channels = channels
    }

    /// Takes a connection in; on its loop.
    func take(_ arrival: Arrival, on loop: StreamLoop) {
        gates.shared.connections?.ended()
        guard let bytes = head(of: arrival) else { return handOver(arrival, to: loop.eventLoop) }
        let tag = arrival.tag
        guard Socket.skip(arrival.bytes.readableBytes, of: tag.descriptor),
            arrival.isRegistered ? poller.rearm(tag) : poller.add(tag)
        else { return Socket.close(tag.descriptor) }
        let stream = EventStream(loop: loop)
        let connection = SocketConnection(stream, tag, poller: poller)
        stream.begin(on: connection, head: bytes.head, request: bytes.request)
    }

    /// The head of the answer, and what the stream is to be; nil where the gate has to see the request.
    private func head(of arrival: Arrival) -> (head: ByteBuffer, request: StreamRequest)? {
        let policy = gates.shared.policy.value
        guard arrival.bytes.readableBytes <= policy.limits.headBytes,
            let head = arrival.bytes.withUnsafeReadableBytes({ PlainHead($0) }),
            let target = RequestTarget(head.target),
            let endpoint = Endpoint(target), endpoint.isStream,
            case .open(let request, let cookie) = gates.shared.decide(
                endpoint,
                target,
                head.headers,
                policy,
                peer: Socket.peer(of: arrival.tag.descriptor)
            )
        else { return nil }
        let id = gates.shared.ids.id(head.headers)
        gates.shared.log(id: id, .GET, path: target.path, status: 200)
        return (gates.shared.streamHead(id: id, path: target.path, head.headers, policy, cookie: cookie), request)
    }

    private func handOver(_ arrival: Arrival, to eventLoop: any EventLoop) {
        if arrival.isRegistered {
            poller.remove(arrival.tag)
        } else {
            // A channel whose socket the kernel does not watch ends the process.
            guard poller.canWatch(arrival.tag) else { return Socket.close(arrival.tag.descriptor) }
        }
        ClientBootstrap(group: eventLoop)
            .channelInitializer { [gates] channel in
                channel.eventLoop.makeCompletedFuture { try gates.setUp(channel, acceptedAt: arrival.acceptedAt) }
            }
            .withConnectedSocket(arrival.tag.descriptor)
            .whenSuccess { [channels] in channels.add($0) }
    }
}
#endif
