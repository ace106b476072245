import NIOCore
import NIOHTTP1

extension Gate {
    func open(_ head: HTTPRequestHead) {
        guard let context else { return }
        guard !isInputClosed else {
            _ = machine.answered(isLast: true)
            return close(behind: ByteBuffer())
        }
        let present = begin(head)
        guard let target = RequestTarget(head.uri), let endpoint = Endpoint(target) else { return write(.notFound) }
        let request: StreamRequest
        do throws(Problem) {
            request = try shared.admission.request(endpoint, target, head.headers)
        } catch {
            return write(error)
        }
        let answer = streamHead(present)
        log(status: 200)
        var bytes = context.channel.allocator.buffer(capacity: 512)
        answer.write(to: &bytes)
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
            try pipeline.addHandler(stream, position: .first)
        } catch {
            return context.close(promise: nil)
        }
        self.context = nil
        pipeline.removeHandler(self, promise: nil)
        pipeline.removeHandler(codec.decoder, promise: nil)
        pipeline.removeHandler(codec.encoder, promise: nil)
        stream.begin(head: bytes, request: request)
        if hasHeldRead { channel.read() }
    }

    private func streamHead(_ present: Present) -> HTTPResponseHead {
        var head = HTTPResponseHead(version: .http1_1, status: .ok)
        head.headers = [
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-store, no-transform",
            "X-Accel-Buffering": "no",
            "Connection": "close",
            "Date": shared.date.text,
            RequestID.header: present.id,
        ]
        for field in policy.cors.headers(origin: present.origin) {
            head.headers.add(name: field.name, value: field.value)
        }
        return head
    }
}

extension HTTPResponseHead {
    /// Writes the head as it goes over the wire, for an answer whose body is no HTTP handler's business.
    fileprivate func write(to bytes: inout ByteBuffer) {
        bytes.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
        for (name, value) in headers { bytes.writeString("\(name): \(value)\r\n") }
        bytes.writeStaticString("\r\n")
    }
}
