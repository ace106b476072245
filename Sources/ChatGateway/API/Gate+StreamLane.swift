import NIOCore
import NIOHTTP1

extension Gate {
    func open(_ head: HTTPRequestHead) {
        guard let context else { return }
        guard !isInputClosed else {
            _ = machine.answered(isLast: true)
            return close(behind: ByteBuffer())
        }
        _ = begin(head)
        guard let target, let endpoint else { return write(.notFound) }
        let peer = ClientAddress(context.channel.remoteAddress)
        perform(shared.decide(endpoint, target, head.headers, policy, peer: peer), head)
    }

    private func perform(_ decision: StreamDecision, _ head: HTTPRequestHead) {
        switch decision {
        case .open(let request, let cookie): begin(head, request, cookie: cookie)
        case .postpone(let request): begin(head, request, refusal: .notReady)
        case .ask(let access, let request, let credentials): ask(access, request, credentials, head)
        case .barred: writeBarred()
        case .refuse(let problem):
            if problem == .tooManyRooms(policy.maximumRooms) { shared.metrics.reached(.roomsPerStream) }
            write(problem)
        }
    }

    /// Asks whoever can decide; the stream waits for that, as any other request does for its answer.
    private func ask(
        _ access: AccessControl,
        _ request: StreamRequest,
        _ credentials: Credentials,
        _ head: HTTPRequestHead
    ) {
        guard let eventLoop = context?.eventLoop else { return }
        let gate = NIOLoopBound(self, eventLoop: eventLoop)
        isNowUnderWay()
        present?.task = Task(executorPreference: shared.fanout.loop(on: eventLoop).executor) {
            let opening = await access.admitAnew(request, credentials)
            gate.eventLoop.execute { gate.value.decided(opening, request, head) }
        }
    }

    private func decided(_ opening: AccessControl.Opening, _ request: StreamRequest, _ head: HTTPRequestHead) {
        // A connection that is gone has counted its request off.
        guard present?.isUnderWay == true else { return }
        present?.task = nil
        present?.isUnderWay = false
        shared.requests.ended()
        guard !isInputClosed else {
            _ = machine.answered(isLast: true)
            return close(behind: ByteBuffer())
        }
        perform(shared.decide(opening, request), head)
    }

    private func begin(
        _ head: HTTPRequestHead,
        _ request: StreamRequest,
        cookie: ResumeCookie? = nil,
        refusal: EndReason? = nil
    ) {
        guard let context, context.channel.isActive, let present else { return }
        let bytes = shared.streamHead(id: present.id, path: present.path, head.headers, policy, cookie: cookie)
        log(status: 200)
        guard head.method == .GET else {
            _ = machine.answered(isLast: true)
            return close(behind: bytes)
        }
        let stream = EventStream(loop: shared.fanout.loop(on: context.eventLoop))
        guard let connection = socketConnection(of: stream, context) ?? channelConnection(of: stream, context) else {
            return context.close(promise: nil)
        }
        stream.begin(on: connection, head: bytes, request: request, refusal: refusal)
    }

    /// Takes the socket out of its channel, which ends; nil where the channel is needed, or there is no descriptor left.
    private func socketConnection(
        of stream: EventStream,
        _ context: ChannelHandlerContext
    ) -> (any StreamConnection)? {
        #if os(Linux)
        // Answers to requests before may still be NIO's to write.
        guard let poller = shared.poller,
            (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) == 0,
            let descriptor = context.channel.descriptor.flatMap({ Socket.copy($0) })
        else { return nil }
        let tag = poller.tag(descriptor, loop: poller.inbox(of: stream.loop).index)
        guard poller.add(tag) else {
            Socket.close(descriptor)
            return nil
        }
        let connection = SocketConnection(stream, tag, poller: poller)
        context.close(promise: nil)
        return connection
        #else
        return nil
        #endif
    }

    /// Leaves the channel to the stream; nil where that fails.
    private func channelConnection(
        of stream: EventStream,
        _ context: ChannelHandlerContext
    ) -> (any StreamConnection)? {
        let channel = context.channel
        let pipeline = channel.pipeline.syncOperations
        let connection = ChannelConnection(stream)
        setReadSize(GateChannel.readSize)
        // In front of HTTP, behind what encrypts.
        guard (try? pipeline.addHandler(connection, position: .before(decoder))) != nil else { return nil }
        self.context = nil
        pipeline.removeHandler(self, promise: nil)
        pipeline.removeHandler(decoder, promise: nil)
        if let encoder { pipeline.removeHandler(encoder, promise: nil) }
        // It was held back for the gate's own sake.
        if hasHeldRead { channel.read() }
        return connection
    }

    /// A browser's own way to reconnect stops for good at this status.
    private func writeBarred() {
        shared.metrics.barredRequest()
        let headers: HTTPHeaders = ["Cache-Control": "no-store"]
        write(HTTPResponseHead(version: .http1_1, status: .noContent, headers: headers), ByteBuffer())
    }
}
