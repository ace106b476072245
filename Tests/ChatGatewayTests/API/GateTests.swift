import HTTPTypes
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import ChatGateway

/// The gate on a channel without a socket: who waits for whom, and for how long.
@Suite struct GateTests {
    private let channel = EmbeddedChannel()

    init() throws {
        var limits = RequestLimits()
        limits.headTimeout = .seconds(10)
        limits.bodyTimeout = .seconds(30)
        limits.idleTimeout = .seconds(75)
        var configuration = GatewayConfiguration()
        configuration.requests = limits
        configuration.maxBody = 1_000
        let streamLimits = StreamLimits(maximum: 10)
        let broker = LocalBroker()
        let lobby = try #require(Room("lobby"))
        let shared = Gate.Shared(
            lane: { request, body, _, _, writer in
                let filler = request.path == "/long" ? String(repeating: "x", count: 10_000) : ""
                let text = "\(filler)\(request.path ?? "") has \(body.readableBytes)\r\n"
                writer.write(HTTPResponse(status: .ok), ByteBuffer(string: text))
            },
            posting: MessagePosting(
                publisher: MessagePublisher(broker: broker, metrics: GatewayMetrics()),
                pace: MessagePace(
                    rules: try Live(configuration) { try MessagePace.Rules($0) },
                    limiter: LocalRateLimiter(),
                    metrics: GatewayMetrics(),
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                ),
                defaultRoom: lobby
            ),
            admission: StreamAdmission(defaultRoom: lobby, maximumHistory: 10),
            policy: try Live(configuration) { try GatePolicy($0) },
            fanout: Fanout(
                broker: broker,
                limits: streamLimits,
                settings: StreamSettings(configuration)
            ),
            requests: RequestsUnderWay(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let gate = GateChannel(shared: shared)
        try gate.setUp(channel)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func receive(_ text: String) throws {
        try channel.writeInbound(ByteBuffer(string: text))
        channel.embeddedEventLoop.run()
    }

    /// What was written since it was last asked, as status lines and bodies.
    private func written() throws -> [String] {
        var bytes = ByteBuffer()
        while var piece = try channel.readOutbound(as: ByteBuffer.self) { bytes.writeBuffer(&piece) }
        return String(buffer: bytes).split(separator: "\r\n").map(String.init)
            .filter { !$0.contains(": ") }
            .map { $0.hasPrefix("HTTP/1.1 ") ? String($0.dropFirst(9).prefix(3)) : $0 }
    }

    private static func post(_ path: String, length: Int) -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n"
    }

    /// Flushes within a write, as TLS does, so that the channel is writable again before all is written.
    private final class Flusher: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            context.writeAndFlush(data, promise: promise)
            context.pipeline.fireChannelWritabilityChanged()
        }
    }

    @Test func `an answer is written whole before the next request is looked at`() throws {
        try channel.pipeline.syncOperations.addHandler(Flusher(), position: .first)
        try receive(Self.post("/long", length: 0) + Self.post("/2", length: 0) + "nonsense\r\n\r\n")
        let written = try written()
        #expect(written.prefix(1) == ["200"])
        #expect(written.dropFirst().first?.hasSuffix("x/long has 0") == true, "\(written.map { $0.prefix(40) })")
        #expect(written.dropFirst(2).prefix(3) == ["200", "/2 has 0", "400"])
    }

    @Test func `requests of one packet are answered one after the other`() throws {
        try receive(Self.post("/1", length: 3) + "abc" + Self.post("/2", length: 0) + Self.post("/3", length: 1))
        #expect(try written() == ["200", "/1 has 3", "200", "/2 has 0"])
        try receive("x")
        #expect(try written() == ["200", "/3 has 1"])
    }

    @Test func `while a client does not read its answers no further request is looked at`() throws {
        try receive(Self.post("/1", length: 0))
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        try receive(Self.post("/2", length: 0) + Self.post("/3", length: 0))
        #expect(try written() == ["200", "/1 has 0"])
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        channel.embeddedEventLoop.run()
        #expect(try written() == ["200", "/2 has 0", "200", "/3 has 0"])
    }

    @Test func `any number of requests may come behind one that is pending`() throws {
        let options = "OPTIONS /chat HTTP/1.1\r\nHost: a\r\n\r\n"
        try receive(Self.post("/1", length: 0) + String(repeating: options, count: 5_000))
        let statuses = try written()
        #expect(statuses.count == 5_002)
        #expect(statuses.prefix(3) == ["200", "/1 has 0", "204"] && statuses.last == "204")
    }

    @Test func `pieces of a body give no more time for the rest`() throws {
        try receive(Self.post("/1", length: 100))
        for _ in 0..<29 {
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            try receive("x")
            #expect(try written() == [])
        }
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(try written().first == "408")
    }

    @Test func `bytes of a head give no more time for the rest`() throws {
        try receive("POST /")
        for _ in 0..<9 {
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            try receive("x")
            #expect(channel.isActive)
        }
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
        #expect(try written() == [])
    }

    @Test func `an idle connection is kept longer than the beginning of a head`() throws {
        try receive("OPTIONS /chat HTTP/1.1\r\nHost: a\r\n\r\n")
        channel.embeddedEventLoop.advanceTime(by: .seconds(20))
        #expect(channel.isActive)
        try receive("P")
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test func `a stream leaves nothing of HTTP in the pipeline`() throws {
        try receive("GET /chat HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(throws: ChannelPipelineError.notFound) {
            try channel.pipeline.syncOperations.handler(type: Gate.self)
        }
        #expect(throws: ChannelPipelineError.notFound) {
            try channel.pipeline.syncOperations.handler(type: HTTPResponseEncoder.self)
        }
        #expect(throws: Never.self) { try channel.pipeline.syncOperations.handler(type: ChannelConnection.self) }
        channel.embeddedEventLoop.advanceTime(by: .seconds(100))
        #expect(try written().first == "200")
    }
}
