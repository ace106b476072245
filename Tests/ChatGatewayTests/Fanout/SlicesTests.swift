import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import ChatGateway

@Suite struct SlicesTests {
    private final class Listener: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let heard: NIOLoopBoundBox<Bool>

        init(_ heard: NIOLoopBoundBox<Bool>) {
            self.heard = heard
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { heard.value = true }
    }

    @Test func `a loop looks at its sockets between slices, however much there is to do`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let heard = NIOLoopBoundBox.makeBoxSendingValue(false, eventLoop: loop)
        var ends: [CInt] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let (readEnd, writeEnd) = (ends[0], ends[1])
        let channel = try await NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Listener(heard))
                }
            }
            .takingOwnershipOfDescriptor(input: readEnd)
            .get()
        let left =
            try await loop.flatSubmit {
                let slices = Slices(eventLoop: loop)
                let done = loop.makePromise(of: Int.self)
                var left = 10_000
                slices.work = {
                    left -= 1
                    guard left > 0, !heard.value else { return done.succeed(left) }
                    slices.schedule()
                    // Longer than the pause between slices.
                    let until = NIODeadline.now() + .microseconds(50)
                    while NIODeadline.now() < until {}
                }
                slices.schedule()
                _ = write(writeEnd, "x", 1)
                return done.futureResult
            }
            .get()
        #expect(left > 0)
        close(writeEnd)
        try await channel.closeFuture.get()
    }
}
