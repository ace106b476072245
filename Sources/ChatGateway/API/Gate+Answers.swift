import NIOCore
import NIOHTTP1

extension Gate {
    func write(_ problem: Problem) {
        let body = problem.body(requestID: present?.id ?? "")
        var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: problem.status.code))
        head.headers.add(name: "Content-Type", value: Problem.contentType)
        head.headers.add(name: "Cache-Control", value: "no-store")
        for field in problem.headers { head.headers.add(name: field.name, value: field.value) }
        write(head, body)
    }

    /// Writes a whole answer.
    func write(_ head: HTTPResponseHead, _ body: ByteBuffer) {
        var head = head
        if head.status != .noContent, head.status != .notModified, !head.headers.contains(name: "content-length") {
            head.headers.add(name: "Content-Length", value: String(body.readableBytes))
        }
        complete(&head)
        var bytes = buffer(for: body)
        head.write(to: &bytes)
        write(bytes, body)
    }

    /// Writes the answer to a posted message, field by field as it goes over the wire: it is the one that counts.
    func write(_ answer: MessagePosting.Answer) {
        var bytes = buffer(for: answer.body)
        answer.status.write(to: &bytes)
        bytes.writeStaticString("Content-Type: application/json\r\n")
        bytes.writeField("Content-Length", String(answer.body.readableBytes))
        isLastAnswer = machine.answers()
        forEachField { bytes.writeField($0, $1) }
        bytes.writeStaticString("\r\n")
        log(status: Int(answer.status.code))
        write(bytes, answer.body)
    }

    /// Writes the head of an answer, of which the body follows piece by piece.
    ///
    /// One whose length nobody knows leaves at once, as its first piece may be long in coming.
    func begin(answer: HTTPResponseHead) {
        var head = answer
        let hasLength = head.headers.contains(name: "content-length")
        // HTTP/1.0 knows no chunks: there it is the connection that ends.
        let endsConnection = !hasLength && present?.isHTTP10 == true
        if endsConnection {
            head.version = .http1_0
            head.headers.remove(name: "Transfer-Encoding")
        }
        complete(&head, endsConnection: endsConnection)
        addEncoder()
        context?.write(wrapOutboundOut(.head(head)), promise: nil)
        if !hasLength { context?.flush() }
    }

    private func complete(_ head: inout HTTPResponseHead, endsConnection: Bool = false) {
        isLastAnswer = machine.answers() || endsConnection
        let hasID = present?.isApplications == true && head.headers.contains(name: RequestIDs.header)
        forEachField { name, value in
            if !hasID || name != RequestIDs.header { head.headers.replaceOrAdd(name: name, value: value) }
        }
        log(status: Int(head.status.code))
    }

    /// The fields of every answer.
    private func forEachField(_ add: (_ name: String, _ value: String) -> Void) {
        add(RequestIDs.header, present?.id ?? "")
        add("Date", shared.date.text)
        // An application that shares the port says itself which pages may use it.
        if present?.isApplications != true {
            for field in policy.cors.headers(origin: present?.origin) { add(field.name, field.value) }
        }
        if isLastAnswer {
            add("Connection", "close")
        } else if present?.isHTTP10 == true {
            add("Connection", "keep-alive")
        }
    }

    /// Writes a piece of an answer's body; succeeds when the socket has taken it.
    func write(_ piece: ByteBuffer, promise: EventLoopPromise<Void>) {
        // Whoever writes on and on has to learn that nobody reads it any more.
        guard let context else { return promise.fail(ChannelError.ioOnClosedChannel) }
        guard present?.method != .HEAD else { return promise.succeed() }
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece))), promise: promise)
    }

    /// Ends the answer and goes on with the next request.
    func endAnswer() {
        // The encoder writes the last chunk, also of a body that was not written.
        let front = present?.method == .HEAD ? pastEncoder() : nil
        endAnswer { context, written in
            if let front {
                front.writeAndFlush(NIOAny(ByteBuffer()), promise: written)
            } else {
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
            }
        }
    }

    /// What a short body may have to be copied behind its head, in bytes; a longer one is written by itself.
    private static let copyLimit = 4096

    private func buffer(for body: ByteBuffer) -> ByteBuffer {
        let copied = body.readableBytes > Self.copyLimit ? 0 : body.readableBytes
        return ByteBufferAllocator().buffer(capacity: 256 + copied)
    }

    /// Writes a whole answer past the encoder, which would make three writes of it.
    private func write(_ head: ByteBuffer, _ body: ByteBuffer) {
        guard let front = pastEncoder() else { return endAnswer() }
        let hasBody = body.readableBytes > 0 && present?.method != .HEAD
        var bytes = head
        if hasBody, body.readableBytes <= Self.copyLimit {
            bytes.writeImmutableBuffer(body)
        }
        let isSplit = hasBody && body.readableBytes > Self.copyLimit
        endAnswer { [bytes] _, written in
            front.write(NIOAny(bytes), promise: isSplit ? nil : written)
            if isSplit { front.write(NIOAny(body), promise: written) }
            front.flush()
        }
    }

    private func endAnswer(_ write: (ChannelHandlerContext, EventLoopPromise<Void>?) -> Void) {
        guard let context else { return }
        let wasUnderWay = present?.isUnderWay ?? false
        present = nil
        let next = machine.answered(isLast: isLastAnswer)
        restartTimer()
        // The next request must not begin within the write, where the socket takes some and TLS flushes in between.
        let wasGoingOn = isGoingOn
        isGoingOn = true
        if next == .goOn {
            write(context, nil)
        } else {
            let written = context.eventLoop.makePromise(of: Void.self)
            close(next == .linger ? .output : .all, context, behind: written)
            write(context, written)
        }
        isGoingOn = wasGoingOn
        if wasUnderWay { shared.requests.ended() }
        goOn()
    }

    /// Breaks an answer off that cannot be completed.
    func abort() {
        context?.close(promise: nil)
    }
}

extension HTTPResponseHead {
    /// Writes the head as it goes over the wire, for an answer that the encoder does not see.
    func write(to bytes: inout ByteBuffer) {
        status.write(to: &bytes)
        for (name, value) in headers { bytes.writeField(name, value) }
        bytes.writeStaticString("\r\n")
    }
}

extension HTTPResponseStatus {
    fileprivate func write(to bytes: inout ByteBuffer) {
        switch self {
        case .ok: bytes.writeStaticString("HTTP/1.1 200 OK\r\n")
        case .created: bytes.writeStaticString("HTTP/1.1 201 Created\r\n")
        default: bytes.writeString("HTTP/1.1 \(code) \(reasonPhrase)\r\n")
        }
    }
}

extension ByteBuffer {
    /// Writes a header field as it goes over the wire.
    mutating func writeField(_ name: String, _ value: String) {
        writeString(name)
        writeStaticString(": ")
        writeString(value)
        writeStaticString("\r\n")
    }
}
