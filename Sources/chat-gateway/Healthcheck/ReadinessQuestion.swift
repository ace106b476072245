import NIOCore
import NIOPosix

/// Asks a node for `/readyz`.
///
/// In HTTP/1.0, where the answer ends with the connection, so that nothing but the status line has to be understood.
struct ReadinessQuestion: CustomStringConvertible {
    /// Where the ops listener is.
    var host: LocalAddress
    /// Its port.
    var port: Int

    var description: String { "http://\(host.authority):\(port)/readyz" }

    /// Asks, and waits for the whole answer; throws where there is none in time.
    func ask(on loops: any EventLoopGroup, within limit: Duration) async throws -> ReadinessAnswer {
        let limit = TimeAmount(limit)
        do {
            let channel = try await ClientBootstrap(group: loops)
                .connectTimeout(limit)
                .connect(host: host.host, port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            let end = channel.channel.eventLoop.scheduleTask(in: limit) { channel.channel.close(promise: nil) }
            defer { end.cancel() }
            return try await channel.executeThenClose { inbound, outbound in
                let request = "GET /readyz HTTP/1.0\r\nHost: \(host.authority):\(port)\r\n\r\n"
                try await outbound.write(ByteBuffer(string: request))
                var answer = ByteBuffer()
                for try await part in inbound where answer.readableBytes < 16_384 {
                    answer.writeImmutableBuffer(part)
                }
                return ReadinessAnswer(answer)
            }
        } catch {
            throw Mistake(source: "\(self)", reason: "cannot be asked: \(SystemErrorText.of(error))")
        }
    }
}
