import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A TCP connection to a node that sends exactly the bytes it is told, and sees exactly what comes back.
///
/// What comes is kept until a test takes it; every wait has a limit.
public struct RawConnection: Sendable {
    private let channel: any Channel
    private let reader: NIOLoopBound<RawReader>

    /// Connects to a port of 127.0.0.1, with TLS where an authority is given that the node's certificate must be from.
    public init(port: Int, authority: TestAuthority? = nil) async throws {
        let tls = try authority.map { authority in
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .file(authority.certificate)
            return try NIOSSLContext(configuration: configuration)
        }
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil)) }
                    try pipeline.addHandler(RawReader())
                }
            }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        self.channel = channel
        reader = try await channel.eventLoop
            .submit {
                NIOLoopBound(
                    try channel.pipeline.syncOperations.handler(type: RawReader.self),
                    eventLoop: channel.eventLoop
                )
            }
            .get()
    }

    // MARK: Sending

    /// Sends text; returns when the kernel has all of it.
    public func send(_ text: String) async throws {
        try await send(Array(text.utf8))
    }

    /// Sends bytes; returns when the kernel has all of them.
    public func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// Sends a request without a body; the host is added.
    public func request(_ method: String, _ target: String, _ fields: [String] = []) async throws {
        try await send(Self.request(method, target, fields))
    }

    /// Sends a request with a JSON body.
    public func post(_ target: String, _ json: String, _ fields: [String] = []) async throws {
        try await send(Self.post(target, json, fields))
    }

    /// A request without a body.
    public static func request(_ method: String, _ target: String, _ fields: [String] = []) -> String {
        "\(method) \(target) HTTP/1.1\r\n" + (["Host: gateway"] + fields).map { "\($0)\r\n" }.joined() + "\r\n"
    }

    /// A request with a JSON body.
    public static func post(_ target: String, _ json: String, _ fields: [String] = []) -> String {
        request(
            "POST",
            target,
            ["Content-Type: application/json", "Content-Length: \(json.utf8.count)"] + fields
        ) + json
    }

    // MARK: Ending

    /// Says that nothing more is sent (FIN), and goes on reading.
    public func finish() async throws {
        try await channel.close(mode: .output).get()
    }

    /// Closes the connection: with a FIN, where all that came has been read.
    public func close() async {
        try? await channel.close().get()
    }

    /// Breaks the connection off (RST).
    public func reset() async throws {
        guard let options = channel as? any SocketOptionProvider else { throw ChannelError.operationUnsupported }
        try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try? await channel.close().get()
    }

    // MARK: Receiving

    /// Waits for a whole answer and takes it; one to `HEAD` has no body.
    public func answer(toHead: Bool = false, within limit: Duration = .waitLimit) async throws -> RawAnswer {
        try await take("an answer", within: limit) { bytes, hasEnded in
            try RawAnswer(taking: &bytes, isHeadOnly: toHead, hasEnded: hasEnded)
        }
    }

    /// Waits for the head of a stream's answer and takes it.
    public func head(within limit: Duration = .waitLimit) async throws -> RawAnswer {
        try await take("a head", within: limit) { bytes, _ in
            try RawAnswer(taking: &bytes, isHeadOnly: true, hasEnded: false)
        }
    }

    /// Waits for the next block of a stream, an event or a comment, and takes it.
    ///
    /// Who is there is told at moments of its own, and passed over unless it is wanted.
    public func event(within limit: Duration = .waitLimit, withPresence: Bool = false) async throws -> RawEvent {
        try await take("an event", within: limit) { bytes, _ in
            while let event = RawEvent(taking: &bytes) {
                if withPresence || event.event != "presence" { return event }
            }
            return nil
        }
    }

    /// Waits for the other side's end and takes what came before it; throws where the connection was reset.
    @discardableResult
    public func end(within limit: Duration = .waitLimit) async throws -> String {
        try await take("the end", within: limit) { bytes, hasEnded in
            guard hasEnded else { return nil }
            return bytes.readString(length: bytes.readableBytes)
        }
    }

    /// Whether something comes within the time, or is there already: bytes, or the end.
    public func stirs(within limit: Duration) async -> Bool {
        do {
            return try await take("anything", within: limit) { bytes, hasEnded in
                bytes.readableBytes > 0 || hasEnded ? true : nil
            }
        } catch {
            return error is RawEnding
        }
    }

    /// What has come and was not taken.
    public var rest: String {
        get async throws {
            try await channel.eventLoop.submit { String(buffer: reader.value.received) }.get()
        }
    }

    private func take<Value: Sendable>(
        _ what: String,
        within limit: Duration,
        _ attempt: @escaping @Sendable (inout ByteBuffer, Bool) throws -> Value?
    ) async throws -> Value {
        let promise = channel.eventLoop.makePromise(of: Value.self)
        channel.eventLoop.execute { [reader, channel] in
            let timer = channel.eventLoop.scheduleTask(in: TimeAmount(limit)) {
                let text = String(buffer: reader.value.received)
                promise.fail(DidNotHappen(what: "\(what); instead: \(text.prefix(2000))", limit: limit))
                reader.value.attempt = nil
            }
            let reader = reader.value
            reader.attempt = { bytes, ending in
                do {
                    let hasEnded = ending == .finished
                    guard let value = try attempt(&bytes, hasEnded) else {
                        if let ending {
                            throw RawEnding(how: ending, what: what, rest: String(buffer: bytes), cause: reader.failure)
                        }
                        return false
                    }
                    promise.succeed(value)
                } catch {
                    promise.fail(error)
                }
                timer.cancel()
                return true
            }
            reader.tryAgain()
        }
        return try await promise.futureResult.get()
    }
}

/// A connection ended before what a test waited for had come.
public struct RawEnding: Error, CustomStringConvertible {
    /// The ways in which a connection ends.
    public enum How: Sendable {
        /// With a FIN.
        case finished
        /// With a RST.
        case reset
    }

    /// How it ended.
    public var how: How
    /// What was waited for.
    public var what: String
    /// What had come instead.
    public var rest: String
    /// What broke the connection off; nil where it just ended.
    public var cause: (any Error)?

    /// The report of the test.
    public var description: String {
        "\(how) before \(what)\(cause.map { " (\($0))" } ?? ""): \(rest.prefix(2000))"
    }
}

/// Keeps what comes until somebody wants it; lives on the connection's loop.
final class RawReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    var received = ByteBuffer()
    private var ending: RawEnding.How?
    /// What broke the connection off.
    private(set) var failure: (any Error)?
    /// Takes what it wants out of the bytes; returns whether it is done.
    var attempt: ((inout ByteBuffer, RawEnding.How?) -> Bool)?

    func tryAgain() {
        guard let attempt else { return }
        self.attempt = nil
        if !attempt(&received, ending), self.attempt == nil { self.attempt = attempt }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.writeImmutableBuffer(unwrapInboundIn(data))
        tryAgain()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { end(.finished) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.finished)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = error
        end(.reset)
        context.close(promise: nil)
    }

    private func end(_ how: RawEnding.How) {
        if ending == nil { ending = how }
        tryAgain()
    }
}
