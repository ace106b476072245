import ChatGateway
import IntegrationSupport
import NIOCore
import NIOPosix

@testable import ChatGatewayRedis

/// One connection to a real Redis that runs the gateway's scripts and nothing else.
struct ScriptClient {
    let channel: any Channel
    let names = Names(prefix: "test", database: 0)
    var history = HistoryLimits()

    init(_ redis: RedisServer, history: HistoryLimits = HistoryLimits()) async throws {
        self.history = history
        channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(CodecHandler(), QuestionHandler())
                }
            }
            .connect(host: "127.0.0.1", port: redis.port).get()
    }

    func send(_ command: Command) async throws -> Reply {
        let promise = channel.eventLoop.makePromise(of: Reply.self)
        channel.writeAndFlush(Question(command: command, answer: promise), promise: nil)
        return try await promise.futureResult.get()
    }

    func send(_ words: String...) async throws -> Reply {
        var command = Command()
        for word in words { command.append(word) }
        return try await send(command)
    }

    func probe(
        run: String = "run1",
        candidate: String = "epoch1",
        received: Cursor? = nil
    ) async throws -> Standing {
        let request = ProbeScript.Request(
            run: run,
            candidate: Epoch(candidate) ?? .random(),
            received: received,
            channel: names.channel(ofNode: "n"),
            serial: 1
        )
        let reply = try await send(
            ProbeScript.command(hash: nil, names: names, request: request, history: history)
        )
        return try ProbeScript.answer(reply).orThrow(reply)
    }

    func appendReply(
        _ messages: [(room: String, key: String?, body: String)],
        epoch: String = "epoch1",
        run: String = "run1",
        hash: String? = nil
    ) async throws -> Reply {
        let fence = Fence(epoch: Epoch(epoch) ?? .random(), run: run)
        var command = AppendScript.command(hash: hash, names: names, fence: fence, history: history)
        for message in messages {
            guard let room = Room(message.room) else { continue }
            AppendScript.add(
                Message(body: ByteBuffer(string: message.body), repetitionKey: message.key),
                to: room,
                of: &command
            )
        }
        return try await send(command)
    }

    @discardableResult
    func append(_ messages: (room: String, key: String?, body: String)...) async throws -> [AppendScript.Outcome] {
        let reply = try await appendReply(messages)
        return try AppendScript.outcomes(reply).orThrow(reply)
    }

    func page(
        _ room: String,
        after: Position = .zero,
        through: Position = .last,
        limit: Int = 500,
        bytes: Int = 1 << 20,
        from end: ReadRange.End = .oldest
    ) async throws -> Page {
        let range = ReadRange(after: after, through: through, limit: limit, byteLimit: bytes, from: end)
        guard let room = Room(room) else { throw CancellationError() }
        let reply = try await send(
            PageScript.command(hash: nil, names: names, room: room, range: range, history: history)
        )
        return try PageScript.answer(reply).orThrow(reply).page
    }

    func read(_ wishes: [(room: String, after: Position?)], mark: UInt64 = 1) async throws -> [ReadScript.Part] {
        let reply = try await send(
            ReadScript.command(
                hash: nil,
                names: names,
                fence: Fence(epoch: Epoch("epoch1") ?? .random(), run: "run1"),
                channel: names.channel(ofNode: "n"),
                mark: mark,
                wishes: wishes.compactMap { wish in
                    Room(wish.room).map { ReadScript.Wish(room: $0, after: wish.after) }
                }
            )
        )
        return try ReadScript.answer(reply).orThrow(reply).parts
    }
}

struct Unexpected: Error {
    var reply: Reply
    var text: String
}

extension Optional {
    func orThrow(_ reply: Reply) throws -> Wrapped {
        guard let self else { throw Unexpected(reply: reply, text: reply.error ?? "") }
        return self
    }
}

private struct Question: Sendable {
    var command: Command
    var answer: EventLoopPromise<Reply>
}

private final class QuestionHandler: ChannelDuplexHandler {
    typealias InboundIn = Reply
    typealias OutboundIn = Question
    typealias OutboundOut = Command

    private var answers = CircularBuffer<EventLoopPromise<Reply>>()

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let question = unwrapOutboundIn(data)
        answers.append(question.answer)
        context.write(wrapOutboundOut(question.command), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        answers.popFirst()?.succeed(unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) {
        for answer in answers { answer.fail(ChannelError.ioOnClosedChannel) }
        answers.removeAll()
    }
}
