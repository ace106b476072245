import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

extension Gate {
    func begin(_ head: HTTPRequestHead?) -> Present {
        let present = Present(
            id: RequestID.of(head?.headers ?? [:]),
            method: head?.method ?? .GET,
            path: head.flatMap { RequestTarget($0.uri)?.path } ?? "",
            isHTTP10: head?.version == .http1_0,
            origin: head?.headers.first(name: "origin")
        )
        self.present = present
        return present
    }

    func answer(_ head: HTTPRequestHead, _ body: ByteBuffer) {
        guard let context else { return }
        let present = begin(head)
        setReadSize(GateChannel.readSize)
        guard let target = RequestTarget(head.uri),
            var request = try? HTTPRequest(head, secure: false, splitCookie: false)
        else {
            return write(.badRequest("The request's target or header fields cannot be read"))
        }
        if head.method == .OPTIONS, let endpoint = Endpoint(target) { return answerOptions(endpoint) }
        request.headerFields[.requestID] = present.id
        var logger = shared.logger
        logger[metadataKey: "request.id"] = "\(present.id)"
        let front = AnswerWriter(
            gate: NIOLoopBound(self, eventLoop: context.eventLoop),
            isHTTP10: present.isHTTP10
        )
        let executor = shared.fanout.loop(on: context.eventLoop).executor
        let (lane, channel) = (shared.lane, context.channel)
        shared.requests.began()
        self.present?.task = Task(executorPreference: executor) { [logger] in
            await lane(request, body, channel, logger, front)
        }
    }

    private func answerOptions(_ endpoint: Endpoint) {
        var head = HTTPResponseHead(version: .http1_1, status: .noContent)
        head.headers.add(name: "Allow", value: endpoint.methods)
        for field in policy.cors.preflightHeaders(origin: present?.origin, methods: endpoint.methods) {
            head.headers.add(name: field.name, value: field.value)
        }
        write(head, ByteBuffer())
    }

    func refuse(_ head: HTTPRequestHead?, _ problem: Problem) {
        _ = begin(head)
        switch problem.status {
        case .requestHeaderFieldsTooLarge: shared.metrics.reached(.headSize)
        case .contentTooLarge: shared.metrics.reached(.bodySize)
        case .requestTimeout: shared.metrics.reached(.bodyTime)
        default: break
        }
        write(problem)
    }

    func write(_ problem: Problem) {
        let body = problem.body(requestID: present?.id ?? "")
        var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: problem.status.code))
        head.headers.add(name: "Content-Type", value: Problem.contentType)
        for field in problem.headers { head.headers.add(name: field.name, value: field.value) }
        write(head, body)
    }

    /// Writes a whole answer.
    func write(_ head: HTTPResponseHead, _ body: ByteBuffer) {
        var head = head
        if head.status != .noContent, head.status != .notModified, !head.headers.contains(name: "content-length") {
            head.headers.add(name: "Content-Length", value: String(body.readableBytes))
        }
        begin(answer: head)
        if body.readableBytes > 0, present?.method != .HEAD {
            context?.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        endAnswer()
    }

    /// Writes the head of an answer, of which the body follows piece by piece.
    func begin(answer: HTTPResponseHead) {
        var head = answer
        head.headers.replaceOrAdd(name: RequestID.header, value: present?.id ?? "")
        head.headers.replaceOrAdd(name: "Date", value: shared.date.text)
        if !head.headers.contains(name: "access-control-allow-origin") {
            for field in policy.cors.headers(origin: present?.origin) {
                head.headers.add(name: field.name, value: field.value)
            }
        }
        isLastAnswer = machine.answers()
        if isLastAnswer {
            head.headers.replaceOrAdd(name: "Connection", value: "close")
        } else if present?.isHTTP10 == true {
            head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
        log(status: Int(head.status.code))
        context?.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    /// Writes a piece of an answer's body; succeeds when the socket has taken it.
    func write(_ piece: ByteBuffer, promise: EventLoopPromise<Void>) {
        guard let context, present?.method != .HEAD else { return promise.succeed() }
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece))), promise: promise)
    }

    /// Ends the answer and goes on with the next request.
    func endAnswer() {
        guard let context else { return }
        // Before the write: when the socket takes that, the next request begins within.
        let hasTask = present?.task != nil
        present = nil
        let next = machine.answered(isLast: isLastAnswer)
        restartTimer()
        if next == .goOn {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        } else {
            let written = context.eventLoop.makePromise(of: Void.self)
            close(next == .linger ? .output : .all, context, behind: written)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
        }
        if hasTask { shared.requests.ended() }
        goOn()
    }

    /// Breaks an answer off that cannot be completed.
    func abort() {
        context?.close(promise: nil)
    }

    func goOn() {
        // An answer that is written at once comes back here: any number of requests may wait, the stack is bounded.
        guard !isGoingOn else { return }
        isGoingOn = true
        defer { isGoingOn = false }
        while !isBusy, let part = waiting.popFirst() { take(part) }
        guard waiting.isEmpty else { return }
        if let problem = failure, !isBusy {
            failure = nil
            perform(machine.failed(problem))
        }
        if isInputClosed, failure == nil { perform(machine.inputClosed()) }
        guard hasHeldRead, !isBusy, let context else { return }
        hasHeldRead = false
        context.read()
    }

    func log(status: Int) {
        guard let present else { return }
        shared.logger.debug(
            "Answered a request",
            metadata: [
                "request.id": "\(present.id)", "http.method": "\(present.method)", "http.path": "\(present.path)",
                "http.status": "\(status)",
            ]
        )
    }
}

extension HTTPField.Name {
    static let requestID = HTTPField.Name(RequestID.header) ?? .init(parsed: "x-request-id") ?? .accept
}
