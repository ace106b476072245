import NIOCore
import ServiceLifecycle
import Testing

@testable import ChatGateway

/// Streams on bare sockets, which take some and then no more, and whose other ends do as they like.
@Suite struct StreamSocketTests {
    private let fanout: Fanout
    private let limits = StreamLimits(maximum: 10)
    private let poller: SocketPoller

    init() throws {
        let settings = StreamSettings(node: "n", heartbeat: .seconds(60), slowLimit: .seconds(60), linger: .seconds(10))
        let broker = LocalBroker()
        fanout = Fanout(broker: broker, limits: limits, settings: settings)
        poller = try SocketPoller()
        broker.deliver(to: fanout)
        fanout.receive(.timeline(Timeline(epoch: try #require(Epoch("e")))))
    }

    /// Runs a test with a stream that is open, and ends the stream.
    private func withStream(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (SocketPair) async throws -> Void
    ) async throws {
        let room = try #require(Room("r"))
        let run = Task { [poller] in try await poller.run() }
        let pair = try await SocketPair(fanout, poller)
        try await pair.onLoop { stream, connection in
            let request = StreamRequest(rooms: [room], presented: .nothing, history: 0)
            stream.begin(on: connection, head: ByteBuffer(string: "HEAD\n"), request: request)
        }
        let head = try await pair.readEvent()
        #expect(head.hasPrefix("HEAD\nretry: ") && head.contains("event: ready\n"))
        try await body(pair)
        pair.closeOther()
        try await isGone(pair)
        run.cancel()
        try await run.value
    }

    /// Waits until the stream is gone, and nothing of it left.
    private func isGone(_ pair: SocketPair) async throws {
        while try await pair.onLoop({ stream, _ in stream.phase != .closed }) { await Task.yield() }
        let counts = try await pair.onLoop { stream, connection in
            [stream.loop.streams.count, stream.loop.blockedCount, stream.loop.sockets[connection.tag] == nil ? 0 : 1]
        }
        #expect(counts == [0, 0, 0])
        #expect([limits.streamCount, limits.endingCount] == [0, 0])
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

    @Test func `a stream that stood still goes on where it was`() async throws {
        try await withStream { pair in
            for round in 0..<3 {
                // The first finds an empty socket, the last one that is full.
                let numbers = round * 20..<(round + 1) * 20
                try post(numbers, padding: 60_000)
                let (isBlocked, held) = try await pair.onLoop { stream, _ in (stream.isBlocked, stream.bytesHeld) }
                #expect(isBlocked && held > 0)
                let expected = frames(numbers, padding: 60_000)
                #expect(try await pair.read(count: expected.utf8.count) == expected)
                let left = try await pair.onLoop { stream, _ in
                    [stream.isBlocked ? 1 : 0, stream.loop.blockedCount, stream.bytesHeld]
                }
                #expect(left == [0, 0, 0])
            }
        }
    }

    @Test func `a stream whose rest leaves with something else goes on at once`() async throws {
        try await withStream { pair in
            var count = 0
            while try await pair.onLoop({ stream, _ in !stream.isBlocked }) {
                try post(count..<count + 1, padding: 60_000)
                count += 1
            }
            // Before the poller's word that there is room reaches the loop.
            let read = try await pair.onLoop { stream, connection in
                let read = pair.readNow()
                var batch = StreamBatch(connection)
                batch.add(StreamEvents.heartbeat)
                stream.write(batch)
                #expect(!stream.isBlocked && stream.loop.blockedCount == 0 && stream.bytesHeld == 0)
                return read
            }
            try post(count..<count + 1, padding: 1)
            let expected = frames(0..<count, padding: 60_000) + ":\n\n" + frames(count..<count + 1, padding: 1)
            let rest = try await pair.read(count: expected.utf8.count - read.utf8.count)
            #expect(read + rest == expected)
        }
    }

    @Test func `streams end with the poller, and what it is told later it answers`() async throws {
        let pair = try await SocketPair(fanout, poller)
        let room = try #require(Room("r"))
        try await pair.onLoop { stream, connection in
            let request = StreamRequest(rooms: [room], presented: .nothing, history: 0)
            stream.begin(on: connection, head: ByteBuffer(string: "HEAD\n"), request: request)
        }
        let run = Task { [poller] in
            withUnsafeCurrentTask { $0?.cancel() }
            try await poller.run()
        }
        try await run.value
        try await isGone(pair)
        try await poller.shutDoor(on: pair.stream.eventLoop)
        pair.closeOther()
    }

    @Test func `many small pieces leave whole and in order, however little the socket takes`() async throws {
        let pieces = (0..<100_000).map { "\($0);" }
        try await withStream { pair in
            let isTaken = try await pair.onLoop { _, connection in
                for piece in pieces { connection.write(ByteBuffer(string: piece)) }
                return connection.flush()
            }
            #expect(!isTaken)
            let expected = pieces.joined()
            #expect(try await pair.read(count: expected.utf8.count) == expected)
        }
    }

    @Test func `what a client sends behind its request is dropped`() async throws {
        try await withStream { pair in
            for round in 0..<3 {
                pair.send(String(repeating: "GET / HTTP/1.1\r\n\r\n", count: 1_000))
                try post(round..<round + 1, padding: 1)
                let expected = frames(round..<round + 1, padding: 1)
                #expect(try await pair.read(count: expected.utf8.count) == expected)
            }
        }
    }

    @Test func `a client that says no more has left`() async throws {
        try await withStream { pair in
            pair.endOutput()
            let rest = try await pair.read(count: 1)
            #expect(rest.isEmpty)
        }
    }

    @Test func `a stream whose connection breaks while it is written to is not slow for ever`() async throws {
        try await withStream { pair in
            try await pair.onLoop { [self] _, _ in
                // Both before the loop hears of it: it is the write that fails.
                pair.closeOther()
                try post(0..<1, padding: 10)
            }
            try await isGone(pair)
        }
    }

    @Test func `a stream that ends says why, then that nothing follows, and waits for its client`() async throws {
        try await withStream { pair in
            try await pair.onLoop { stream, _ in stream.end(.kicked) }
            #expect(try await pair.readEvent().contains("event: bye\ndata: {\"reason\":\"kicked\""))
            let rest = try await pair.read(count: 1)
            #expect(rest.isEmpty)
            #expect(try await pair.onLoop { stream, _ in stream.phase } == .ending)
        }
    }

    @Test func `a stream that ends and is not read is closed nevertheless`() async throws {
        try await withStream { pair in
            try post(0..<20, padding: 60_000)
            try await pair.onLoop { stream, _ in stream.end(.slow) }
            try await isGone(pair)
        }
    }

    @Test func `an event of a socket that is closed says nothing of the next with its number`() throws {
        let first = poller.tag(7, loop: 3)
        let second = poller.tag(7, loop: 3)
        #expect(first != second)
        #expect([first.descriptor, second.descriptor] == [7, 7])
        #expect([first.loop, second.loop] == [3, 3])
    }
}
