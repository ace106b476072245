import ChatGateway
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What hears of a link.
///
/// All calls come on the link's loop.
protocol LinkOwner: AnyObject {
    /// Redis said who it is; the link can be used.
    func linkGreeted(_ link: LinkHandler, _ greeting: Greeting)
    /// A reply, or on the subscription link something published.
    func linkReceived(_ reply: Reply, on link: LinkHandler)
    /// No more replies for the moment.
    func linkSettled(_ link: LinkHandler)
    /// The link is gone.
    ///
    /// Comes once, and nothing comes after it.
    func linkFailed(_ link: LinkHandler, reason: String)
}

/// The last handler of a link's pipeline: logs in, asks Redis who it is, and then passes replies on to the owner.
final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = Reply
    typealias OutboundOut = Command

    let link: Link
    /// The hashes of the scripts, as far as this link has loaded them.
    private(set) var hashes: [Script: String] = [:]
    /// What Redis does when its memory is full, as it said in its greeting.
    private(set) var evictionPolicy: String?

    private enum Step {
        case login
        case information
        case script(Script)
        case listening
    }

    private let url: RedisURL
    private let tls: RedisTLS?
    private let nodeChannel: String
    private let controlChannel: String
    private weak var owner: (any LinkOwner)?
    private var context: ChannelHandlerContext?
    private var steps = CircularBuffer<Step>()
    private var run: String?
    private var role: String?
    private var isGreeted = false
    private var isOver = false
    /// Whether something was sent that has not left.
    private var hasUnsent = false

    init(
        _ link: Link,
        url: RedisURL,
        tls: RedisTLS?,
        nodeChannel: String,
        controlChannel: String,
        owner: any LinkOwner
    ) {
        self.link = link
        self.url = url
        self.tls = tls
        self.nodeChannel = nodeChannel
        self.controlChannel = controlChannel
        self.owner = owner
    }

    /// Opens the connection; call it once, on the loop.
    func connect(on loop: any EventLoop, within limit: Duration) {
        let bound = NIOLoopBound(self, eventLoop: loop)
        ClientBootstrap(group: loop)
            .connectTimeout(.nanoseconds(limit.nanoseconds))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { [url, tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if url.isSecure {
                        guard let tls else { throw RedisTLSError("a rediss:// URL needs to be told whom to trust") }
                        try pipeline.addHandler(try tls.handler(host: url.host))
                    }
                    try pipeline.addHandlers(CodecHandler(), bound.value)
                }
            }
            .connect(host: url.host, port: url.port)
            .assumeIsolated()
            .whenComplete { [self] result in
                switch result {
                case .success(let channel):
                    // Given up while it was being opened.
                    if isOver { channel.close(promise: nil) }
                case .failure(let error):
                    end("cannot connect: \(Self.reason(error))")
                }
            }
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? NIOConnectionError {
            if let first = error.connectionErrors.first { return reason(first.error) }
            return "the host \(error.host) is not known"
        }
        if let error = error as? RedisTLSError { return error.description }
        if let error = error as? IOError { return String(cString: strerror(error.errnoCode)) }
        if case ChannelError.connectTimeout? = error as? ChannelError { return "no answer in time" }
        return "\(error)"
    }

    /// Sends a command; it leaves with the next ``flush()``.
    func send(_ command: Command) {
        hasUnsent = true
        context?.write(wrapOutboundOut(command), promise: nil)
    }

    /// Lets what was sent leave.
    func flush() {
        guard hasUnsent else { return }
        hasUnsent = false
        context?.flush()
    }

    /// Closes the link; the owner hears nothing more of it.
    func close() {
        isOver = true
        owner = nil
        context?.close(promise: nil)
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        if let password = url.password {
            ask(url.user.map { Command("AUTH", $0, password) } ?? Command("AUTH", password), .login)
        }
        if url.database != 0 { ask(Command("SELECT", String(url.database)), .login) }
        // Redis before 7 takes a single section.
        ask(Command("INFO", "server"), .information)
        ask(Command("INFO", "replication"), .information)
        switch link {
        case .commands:
            ask(Command("INFO", "memory"), .information)
            for script in [Script.append, .probe] { ask(script.load, .script(script)) }
        case .subscription:
            for channel in [nodeChannel, controlChannel] { ask(Command("SUBSCRIBE", channel), .listening) }
        case .pages:
            for script in [Script.read, .page] { ask(script.load, .script(script)) }
        }
        flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let reply = unwrapInboundIn(data)
        if isGreeted {
            owner?.linkReceived(reply, on: self)
        } else {
            greet(reply)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        owner?.linkSettled(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end("Redis closed the link")
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(Self.reason(broken: error))
    }

    private static func reason(broken error: any Error) -> String {
        switch error {
        case let error as ProtocolError: "not what Redis sends: \(error.reason)"
        case NIOSSLError.handshakeFailed(let cause): "TLS with Redis failed: \(reason(tls: cause))"
        // In TLS 1.3 a node is done greeting before Redis has judged it.
        case let cause as BoringSSLError: "TLS with Redis failed: \(reason(tls: cause))"
        case NIOSSLError.uncleanShutdown: "Redis closed the link"
        case is NIOSSLExtraError: "TLS with Redis failed: its certificate is not for this host"
        default: "the link broke: \(error)"
        }
    }

    private static func reason(tls error: BoringSSLError) -> String {
        let text = "\(error)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") { return "its certificate is not from an authority to trust" }
        if text.contains("WRONG_VERSION_NUMBER") { return "it does not speak TLS on this port" }
        // From the alerts that Redis sends.
        if text.contains("CERTIFICATE_REQUIRED") { return "it wants a certificate of the node" }
        return String(text.prefix(200))
    }

    private func ask(_ command: Command, _ step: Step) {
        steps.append(step)
        send(command)
    }

    private func greet(_ reply: Reply) {
        guard let step = steps.popFirst() else { return }
        if let error = reply.error {
            return end(Self.reason(error, step))
        }
        var reader = reply.reader
        switch step {
        case .login, .listening: break
        case .information: read(reader.string() ?? "")
        case .script(let script): hashes[script] = reader.string()
        }
        guard steps.isEmpty, !isOver else { return }
        guard let run, let role else {
            return end("Redis does not say who it is")
        }
        isGreeted = true
        owner?.linkGreeted(self, Greeting(run: run, isMaster: role == "master"))
    }

    private func read(_ information: String) {
        for line in information.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = String(line[line.index(after: colon)...])
            switch line[..<colon] {
            case "run_id": run = value
            case "role": role = value
            case "maxmemory_policy": evictionPolicy = value
            default: break
            }
        }
    }

    private static func reason(_ error: String, _ step: Step) -> String {
        switch error.prefix(while: { $0 != " " }) {
        case "WRONGPASS": "Redis refuses the login: wrong user or password"
        case "NOAUTH": "Redis refuses the login: it wants a password"
        case "NOPERM": "Redis refuses: the user may not do what a gateway needs (\(error.prefix(120)))"
        default: "Redis refuses: \(error.prefix(120))"
        }
    }

    private func end(_ reason: String) {
        guard !isOver else { return }
        isOver = true
        owner?.linkFailed(self, reason: reason)
        owner = nil
        context?.close(promise: nil)
    }
}

@available(*, unavailable)
extension LinkHandler: Sendable {}
