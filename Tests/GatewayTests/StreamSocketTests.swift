import NIOCore
import Testing

@testable import ChatGateway

/// Streams on real sockets, which take some and then no more.
@Suite struct StreamSocketTests {
    private let fanout: Fanout
    private let epoch: Epoch

    init() throws {
        var settings = StreamSettings(
            node: "n",
            heartbeat: .seconds(60),
            slowLimit: .seconds(60),
            linger: .seconds(10)
        )
        settings.reachesSockets = true
        let broker = LocalBroker()
        fanout = Fanout(broker: broker, limits: StreamLimits(maximum: 10), settings: settings)
        broker.deliver(to: fanout)
        epoch = try #require(Epoch("e"))
        fanout.receive(.timeline(Timeline(epoch: epoch)))
    }

    private func open() async throws -> SocketPair<StreamHandler> {
        let room = try #require(Room("r"))
        let pair = try await SocketPair { [fanout] in StreamHandler(loop: fanout.loop(on: $0)) }
        try await pair.onLoop { stream in
            let request = StreamRequest(rooms: [room], presented: .nothing, history: 0)
            stream.begin(head: ByteBuffer(string: "HEAD\n"), request: request)
        }
        return pair
    }

    private func post(_ numbers: Range<Int>, padding: Int) throws {
        let room = try #require(Room("r"))
        for number in numbers {
            let body = ByteBuffer(string: "\(number) " + String(repeating: "x", count: padding))
            let position = Position(milliseconds: UInt64(number) + 2, sequence: 0)
            fanout.receive(.message(room, Entry(position: position, previous: .zero, body: body)))
        }
    }

    private func frames(_ numbers: Range<Int>, padding: Int) -> String {
        numbers.map { "data: \($0) \(String(repeating: "x", count: padding))\nid: e.\($0 + 2)-0\n\n" }.joined()
    }

    /// What comes behind `ready`.
    private func read(_ count: Int, of pair: SocketPair<StreamHandler>) async throws -> String {
        String(decoding: try await pair.read(count: count), as: UTF8.self)
    }

    @Test func `a stream that stood still goes on where it was, past NIO and through it`() async throws {
        let pair = try await open()
        var head = ""
        while !head.hasSuffix("\n\n") { head += try await read(1, of: pair) }
        #expect(head.hasPrefix("HEAD\nretry: ") && head.contains("event: ready\n"))
        for round in 0..<3 {
            // The first finds an empty socket, the last one that is full.
            let numbers = round * 20..<(round + 1) * 20
            try post(numbers, padding: 60_000)
            #expect(try await pair.onLoop { stream in stream.isBlocked })
            let expected = frames(numbers, padding: 60_000)
            #expect(try await read(expected.utf8.count, of: pair) == expected)
            let blocked = try await pair.onLoop { stream in [stream.isBlocked ? 1 : 0, stream.loop.blockedCount] }
            #expect(blocked == [0, 0])
        }
        try await pair.close()
    }

    @Test func `a stream whose connection breaks while it is written to is not slow for ever`() async throws {
        let pair = try await open()
        let loop = try await pair.onLoop { [self] stream in
            // Both before the loop looks at its sockets again: it is the write that fails.
            pair.closeOther()
            try post(0..<1, padding: 10)
            return NIOLoopBound(stream.loop, eventLoop: stream.loop.eventLoop)
        }
        try await pair.channel.closeFuture.get()
        let counts = try await loop.eventLoop.submit { [loop.value.streams.count, loop.value.blockedCount] }.get()
        #expect(counts == [0, 0])
    }
}
