import HTTPTypes
import Logging
import NIOCore
import NIOExtras
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Stands behind the HTTP decoder of every connection and parts the two lanes.
///
/// A request for a stream takes over the connection: its socket, or the channel without HTTP's handlers, is an
/// ``EventStream``'s then. Every other request is answered by the request lane, one after the other.
final class Gate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// What the gates of all connections share.
    struct Shared: Sendable {
        let lane: RequestLane
        /// Nil where the gateway has its port for itself.
        var application: ApplicationLane?
        let posting: MessagePosting
        let admission: StreamAdmission
        /// Nil on a node that is open to everybody.
        var access: AccessControl?
        let policy: Live<GatePolicy>
        let fanout: Fanout
        let requests: RequestsUnderWay
        let logger: Logger
        var bars = Bars()
        var metrics = GatewayMetrics()
        var connections: ConnectionLimit?
        #if os(Linux)
        /// Nil where streams need channels: something stands between them and their sockets.
        var poller: SocketPoller?
        #endif
        let date = AnswerDate()
        let ids = RequestIDs()
    }

    let shared: Shared
    let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    private let acceptedAt: NIODeadline
    /// Nil until an answer comes in pieces, or an upload is invited: a stream never needs it.
    var encoder: HTTPResponseEncoder?
    /// What holds for the present request.
    var policy: GatePolicy
    var machine: StateMachine
    var context: ChannelHandlerContext?
    /// Parts of requests behind the one that is being answered; reading stops meanwhile, so that they are few.
    var waiting: CircularBuffer<HTTPServerRequestPart> = []
    var hasHeldRead = false
    /// Whether a part has come since bytes were last read.
    private var hasTakenPart = false
    /// What came behind the parts that wait: something that is no HTTP, or the end.
    var failure: Problem?
    var isInputClosed = false
    var isGoingOn = false
    var isLastAnswer = false
    var readSize = GateChannel.readSize
    /// What the request that came last asks for; nil where that cannot be read.
    var target: RequestTarget?
    /// Nil where there is no such thing.
    var endpoint: Endpoint?
    /// Whether the request that came last is one of the application that shares the port.
    var isApplications = false
    var present: Present?
    /// Requests begun so far.
    var requestCount: UInt64 = 0
    /// The decoder's place, from where whole answers are written.
    var front: ChannelHandlerContext?
    var deadline = NIODeadline.distantFuture
    var timer: NIOScheduledCallback?
    /// When the timer goes off, which may be before the deadline.
    var timerDue = NIODeadline.distantFuture

    /// The request that is being answered.
    struct Present {
        var id: String
        /// Which of the connection's requests it is.
        var number: UInt64
        var method: HTTPMethod
        var target: RequestTarget?
        var isHTTP10: Bool
        var origin: String?
        var isApplications: Bool
        /// Whether the node counts it among those under way.
        var isUnderWay = false
        var task: Task<Void, Never>?

        var path: String { target?.path ?? "" }
    }

    /// How long a client may take to notice that its request was refused.
    static let lingerLimit = TimeAmount.seconds(5)
    /// What a connection reads at once while a large body is under way; otherwise its buffer stays small.
    private static let bodyReadSize = 16 * 1024

    /// The client's time for its first request counts from when its connection was accepted.
    init(
        _ shared: Shared,
        decoder: ByteToMessageHandler<HTTPRequestDecoder>,
        acceptedAt: NIODeadline,
        hasUnread: Bool
    ) {
        self.shared = shared
        self.decoder = decoder
        self.acceptedAt = acceptedAt
        policy = shared.policy.value
        machine = StateMachine(maximumBody: policy.maximumBody, hasUnread: hasUnread)
    }
}

extension Gate {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        shared.connections?.began()
        restartTimer(from: acceptedAt)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        shared.connections?.ended()
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
        // One packet may come while an answer is pending: to stop and start reading would be two calls of the kernel.
        if !waiting.isEmpty || !context.channel.isWritable { hasHeldRead = true } else { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        goOn()
        context.fireChannelWritabilityChanged()
    }

    /// Whether a further request has to wait: for the present answer, or for the client to read those before.
    var isBusy: Bool { machine.isAnswering || context?.channel.isWritable == false }

    func channelInactive(context: ChannelHandlerContext) {
        ended()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
        let problem: Problem =
            error == .headerOverflow
            ? .headTooLarge(policy.limits.headBytes)
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

    func take(_ part: HTTPServerRequestPart) {
        let before = machine.wait
        switch part {
        case .head(let head):
            policy = shared.policy.value
            machine.maximumBody = policy.maximumBody
            target = RequestTarget(head.uri)
            endpoint = target.flatMap { Endpoint($0) }
            if let application = shared.application { chooseLane(application) }
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

    /// Finds out whether a request is the gateway's own or the application's.
    private func chooseLane(_ application: ApplicationLane) {
        isApplications = target != nil && application.takes(endpoint)
        guard isApplications else { return }
        endpoint = nil
        machine.maximumBody = application.maximumBody
    }

    private func isStream(_ head: HTTPRequestHead) -> Bool {
        (head.method == .GET || head.method == .HEAD) && endpoint?.isStream ?? false
    }

    func perform(_ action: StateMachine.Action) {
        switch action {
        case .none: break
        case .invite:
            addEncoder()
            context?.writeAndFlush(wrapOutboundOut(.head(.init(version: .http1_1, status: .continue))), promise: nil)
        case .open(let head): open(head)
        case .answer(let head, let body): answer(head, body)
        case .refuse(let head, let problem): refuse(head, problem)
        case .close: close(behind: ByteBuffer())
        case .abort: context?.close(promise: nil)
        }
    }

    /// Closes the connection when these bytes, and all that was written before, have left.
    func close(behind bytes: ByteBuffer) {
        guard let context, let front = pastEncoder() else { return }
        let written = context.eventLoop.makePromise(of: Void.self)
        close(.all, context, behind: written)
        front.writeAndFlush(NIOAny(bytes), promise: written)
    }

    /// Closes the connection when something has been written.
    func close(_ mode: CloseMode, _ context: ChannelHandlerContext, behind written: EventLoopPromise<Void>) {
        let loop = context.eventLoop.assumeIsolated()
        written.futureResult.assumeIsolated()
            .whenComplete { _ in
                // Not within the write: TLS has its own last words, which would wait behind it and go with the connection.
                loop.execute { context.close(mode: mode, promise: nil) }
            }
    }

    /// Where bytes are written that the encoder must not take for an answer: it stands behind the decoder.
    func pastEncoder() -> ChannelHandlerContext? {
        if front == nil { front = try? context?.pipeline.syncOperations.context(handler: decoder) }
        return front
    }

    func addEncoder() {
        guard encoder == nil, let context else { return }
        let encoder = HTTPResponseEncoder()
        self.encoder = encoder
        try? context.pipeline.syncOperations.addHandler(encoder, position: .after(decoder))
    }
}
