import HTTPTypes
import Logging
import NIOCore
import NIOExtras
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Stands behind the HTTP decoder of every connection and parts the two lanes.
///
/// A request for a stream takes over the connection: HTTP's handlers go, a ``StreamHandler`` stays. Every other request
/// is answered by the request lane, one after the other.
final class Gate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// What the gates of all connections share.
    struct Shared: Sendable {
        let lane: RequestLane
        let admission: StreamAdmission
        let cors: CORSPolicy
        let fanout: Fanout
        let requests: RequestsUnderWay
        let limits: RequestLimits
        let maximumBody: Int
        let logger: Logger
        let date = AnswerDate()
    }

    private let shared: Shared
    private let codec: Codec
    private var machine: StateMachine
    private var context: ChannelHandlerContext?
    /// Parts of requests behind the one that is being answered; reading stops meanwhile, so that they are few.
    private var waiting: CircularBuffer<HTTPServerRequestPart> = []
    private var hasHeldRead = false
    /// Whether a part has come since bytes were last read.
    private var hasTakenPart = false
    /// What came behind the parts that wait: something that is no HTTP, or the end.
    private var failure: Problem?
    private var isInputClosed = false
    private var isGoingOn = false
    private var isLastAnswer = false
    private var readSize = GateChannel.readSize
    private var present: Present?
    private var deadline = NIODeadline.distantFuture
    private var timer: Scheduled<Void>?
    /// When the timer goes off, which may be before the deadline.
    private var timerDue = NIODeadline.distantFuture

    /// The request that is being answered.
    private struct Present {
        var id: String
        var method: HTTPMethod
        var path: String
        var isHTTP10: Bool
        var origin: String?
        var task: Task<Void, Never>?
    }

    /// The handlers that a stream does without.
    struct Codec {
        let encoder: HTTPResponseEncoder
        let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    }

    /// How long a client may take to notice that its request was refused.
    private static let lingerLimit = TimeAmount.seconds(5)
    /// What a connection reads at once while a large body is under way; otherwise its buffer stays small.
    private static let bodyReadSize = 16 * 1024

    init(_ shared: Shared, codec: Codec) {
        self.shared = shared
        self.codec = codec
        machine = StateMachine(maximumBody: shared.maximumBody)
    }
}

// MARK: What comes

extension Gate {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        restartTimer()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ended()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        hasTakenPart = true
        if isBusy || !waiting.isEmpty {
            waiting.append(part)
        } else {
            take(part)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !hasTakenPart {
            let before = machine.wait
            machine.receivedBytes()
            if machine.wait != before { restartTimer() }
        }
        hasTakenPart = false
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if isBusy { hasHeldRead = true } else { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        goOn()
        context.fireChannelWritabilityChanged()
    }

    /// Whether a further request has to wait: for the present answer, or for the client to read those before.
    private var isBusy: Bool { machine.isAnswering || context?.channel.isWritable == false }

    func channelInactive(context: ChannelHandlerContext) {
        ended()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
        let problem: Problem =
            error == .headerOverflow
            ? .headTooLarge(shared.limits.headBytes)
            : .badRequest("The request is not valid HTTP/1.1")
        if isBusy || !waiting.isEmpty { failure = problem } else { perform(machine.failed(problem)) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            perform(machine.quiesce())
        } else if event as? ChannelEvent == .inputClosed {
            isInputClosed = true
            if waiting.isEmpty, failure == nil { perform(machine.inputClosed()) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func take(_ part: HTTPServerRequestPart) {
        let before = machine.wait
        switch part {
        case .head(let head):
            let action = machine.received(head)
            let length = head.headers.first(name: "content-length").flatMap(Int.init)
            if length.map({ $0 > 1024 }) ?? head.headers.contains(name: "transfer-encoding") {
                setReadSize(Self.bodyReadSize)
            }
            perform(action)
        case .body(let bytes): perform(machine.received(bytes))
        case .end: perform(machine.receivedEnd(isStream: isStream))
        }
        // A piece of a body gives no more time for the rest.
        if machine.wait != before { restartTimer() }
    }

    private func isStream(_ head: HTTPRequestHead) -> Bool {
        guard head.method == .GET || head.method == .HEAD, let target = RequestTarget(head.uri) else { return false }
        return Endpoint(target)?.isStream ?? false
    }

    private func perform(_ action: StateMachine.Action) {
        switch action {
        case .none: break
        case .invite:
            context?.writeAndFlush(wrapOutboundOut(.head(.init(version: .http1_1, status: .continue))), promise: nil)
        case .open(let head): open(head)
        case .answer(let head, let body): answer(head, body)
        case .refuse(let head, let problem): refuse(head, problem)
        case .close: close(behind: ByteBuffer())
        case .abort: context?.close(promise: nil)
        }
    }

    /// Closes the connection when these bytes, and all that was written before, have left.
    private func close(behind bytes: ByteBuffer) {
        // Past the encoder, which would take them for an answer.
        guard let context, let front = try? context.pipeline.syncOperations.context(handler: codec.encoder) else {
            return
        }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        front.writeAndFlush(NIOAny(bytes), promise: written)
    }
}

// MARK: The request lane

extension Gate {
    private func begin(_ head: HTTPRequestHead?) -> Present {
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

    private func answer(_ head: HTTPRequestHead, _ body: ByteBuffer) {
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
        for field in shared.cors.preflightHeaders(origin: present?.origin, methods: endpoint.methods) {
            head.headers.add(name: field.name, value: field.value)
        }
        write(head, ByteBuffer())
    }

    private func refuse(_ head: HTTPRequestHead?, _ problem: Problem) {
        _ = begin(head)
        write(problem)
    }

    private func write(_ problem: Problem) {
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
            for field in shared.cors.headers(origin: present?.origin) {
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
            written.futureResult.assumeIsolated()
                .whenComplete { _ in
                    context.close(mode: next == .linger ? .output : .all, promise: nil)
                }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
        }
        if hasTask { shared.requests.ended() }
        goOn()
    }

    /// Breaks an answer off that cannot be completed.
    func abort() {
        context?.close(promise: nil)
    }

    private func goOn() {
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

    private func log(status: Int) {
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

// MARK: The stream lane

extension Gate {
    private func open(_ head: HTTPRequestHead) {
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
        for field in shared.cors.headers(origin: present.origin) {
            head.headers.add(name: field.name, value: field.value)
        }
        return head
    }
}

// MARK: Time and end

extension Gate {
    private var limit: TimeAmount? {
        switch machine.wait {
        case .head: TimeAmount(shared.limits.headTimeout)
        case .idle: TimeAmount(shared.limits.idleTimeout)
        case .body: TimeAmount(shared.limits.bodyTimeout)
        case .end: Self.lingerLimit
        case .answer: nil
        }
    }

    /// Begins to wait anew.
    ///
    /// A timer that is due too early is moved only when it goes off, which is cheaper than for every request.
    private func restartTimer() {
        guard let context else { return }
        deadline = limit.map { context.eventLoop.now + $0 } ?? .distantFuture
        if timer != nil, timerDue <= deadline { return }
        startTimer(context)
    }

    private func startTimer(_ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        guard deadline < .distantFuture else { return }
        timerDue = deadline
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timerWentOff() }
    }

    private func timerWentOff() {
        timer = nil
        guard let context else { return }
        if deadline <= context.eventLoop.now { perform(machine.timedOut()) } else { startTimer(context) }
    }

    private func setReadSize(_ size: Int) {
        guard size != readSize else { return }
        readSize = size
        try? context?.channel.syncOptions?
            .setOption(
                .recvAllocator,
                value: FixedSizeRecvByteBufferAllocator(capacity: size)
            )
    }

    private func ended() {
        timer?.cancel()
        timer = nil
        if let task = present?.task {
            task.cancel()
            shared.requests.ended()
        }
        present = nil
        waiting.removeAll()
        context = nil
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

extension HTTPField.Name {
    static let requestID = HTTPField.Name(RequestID.header) ?? .init(parsed: "x-request-id") ?? .accept
}
