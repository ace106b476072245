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
        var request: StreamRequest
        do throws(Problem) {
            request = try shared.admission.request(
                endpoint,
                target,
                head.headers,
                maximumRooms: policy.maximumRooms
            )
        } catch {
            if error == .tooManyRooms(policy.maximumRooms) { shared.metrics.reached(.roomsPerStream) }
            return write(error)
        }
        request.address = policy.addresses?
            .client(peer: ClientAddress(context.channel.remoteAddress)) { head.headers[$0] }
        guard let access = shared.access else { return begin(head, request) }
        do throws(Problem) {
            let credentials = try Credentials(
                stream: target.parameters(),
                head.headers,
                cookie: access.access.cookie
            )
            switch access.admit(request, credentials) {
            case .ask: ask(access, request, credentials, head, on: context.eventLoop)
            case let opening: perform(opening, request, head)
            }
        } catch {
            write(error)
        }
    }

    /// Asks whoever can decide; the stream waits for that, as any other request does for its answer.
    private func ask(
        _ access: AccessControl,
        _ request: StreamRequest,
        _ credentials: Credentials,
        _ head: HTTPRequestHead,
        on eventLoop: any EventLoop
    ) {
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
        perform(opening, request, head)
    }

    private func perform(_ opening: AccessControl.Opening, _ request: StreamRequest, _ head: HTTPRequestHead) {
        switch opening {
        case .open(let request, let cookie): begin(head, request, cookie: cookie)
        case .refuse(let problem): write(problem)
        case .postpone, .ask: begin(head, request, refusal: .notReady)
        }
    }

    private func begin(
        _ head: HTTPRequestHead,
        _ request: StreamRequest,
        cookie: ResumeCookie? = nil,
        refusal: EndReason? = nil
    ) {
        guard let context, let present else { return }
        if let user = request.user, shared.bars.contains(user) { return writeBarred() }
        var bytes = ByteBufferAllocator().buffer(capacity: 512)
        writeStreamHead(present, to: &bytes)
        if let cookie {
            let isSecure = RequestSource.isSecure(
                isTLS: shared.access?.isTLS ?? false,
                forwardedProtocol: head.headers.first(name: RequestSource.forwardedProtocolField)
            )
            bytes.writeField("Set-Cookie", cookie.field(path: present.path, isSecure: isSecure))
        }
        bytes.writeStaticString("\r\n")
        log(status: 200)
        guard head.method == .GET else {
            _ = machine.answered(isLast: true)
            return close(behind: bytes)
        }
        let stream = StreamHandler(loop: shared.fanout.loop(on: context.eventLoop))
        let channel = context.channel
        let pipeline = channel.pipeline.syncOperations
        do {
            // A stream is writable only while NIO holds nothing for it, so that it notices what a socket did not take.
            try channel.syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: 1, high: 1))
            setReadSize(GateChannel.readSize)
            // In front of HTTP, behind what encrypts.
            try pipeline.addHandler(stream, position: .before(decoder))
        } catch {
            return context.close(promise: nil)
        }
        self.context = nil
        pipeline.removeHandler(self, promise: nil)
        pipeline.removeHandler(decoder, promise: nil)
        if let encoder { pipeline.removeHandler(encoder, promise: nil) }
        stream.begin(head: bytes, request: request, refusal: refusal)
        if hasHeldRead { channel.read() }
    }

    /// A browser's own way to reconnect stops for good at this status.
    private func writeBarred() {
        shared.metrics.barredRequest()
        let headers: HTTPHeaders = ["Cache-Control": "no-store"]
        write(HTTPResponseHead(version: .http1_1, status: .noContent, headers: headers), ByteBuffer())
    }

    private func writeStreamHead(_ present: Present, to bytes: inout ByteBuffer) {
        bytes.writeStaticString(
            """
            HTTP/1.1 200 OK\r
            Content-Type: text/event-stream\r
            Cache-Control: no-store, no-transform\r
            X-Accel-Buffering: no\r
            Connection: close\r

            """
        )
        bytes.writeField("Date", shared.date.text)
        bytes.writeField(RequestIDs.header, present.id)
        for field in policy.cors.headers(origin: present.origin) { bytes.writeField(field.name, field.value) }
    }
}
