import Glibc
import NIOCore
import NIOPosix
import Synchronization

@testable import ChatGateway

/// A stream on one of two connected sockets; the test has the other.
final class SocketPair: Sendable {
    let stream: NIOLoopBound<EventStream>
    let connection: NIOLoopBound<SocketConnection>
    private let other: CInt
    private let isOpen = Atomic(true)

    /// Makes the pair; the stream has yet to begin.
    init(_ fanout: Fanout, _ poller: SocketPoller) async throws {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
            throw IOError(errnoCode: errno, reason: "socketpair")
        }
        other = ends[1]
        // What does not come is a failure, and no test that hangs.
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(other, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let end = ends[0]
        (stream, connection) =
            try await eventLoop
            .submit {
                let stream = EventStream(loop: fanout.loop(on: eventLoop))
                let tag = poller.tag(end, loop: poller.inbox(of: stream.loop).index)
                guard poller.add(tag) else { throw IOError(errnoCode: errno, reason: "epoll_ctl") }
                let connection = SocketConnection(stream, tag, poller: poller)
                return (
                    NIOLoopBound(stream, eventLoop: eventLoop), NIOLoopBound(connection, eventLoop: eventLoop)
                )
            }
            .get()
    }

    func onLoop<Value: Sendable>(
        _ body: @escaping @Sendable (EventStream, SocketConnection) throws -> Value
    ) async throws -> Value {
        try await stream.eventLoop.submit { [stream, connection] in try body(stream.value, connection.value) }.get()
    }

    /// Waits for so many bytes; fewer are all that came.
    func read(count: Int) async throws -> String {
        let received = try await NIOThreadPool.singleton.runIfActive { [other] in
            var received: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while received.count < count {
                let size = Glibc.read(other, &buffer, min(buffer.count, count - received.count))
                guard size > 0 else { break }
                received += buffer[..<size]
            }
            return received
        }
        return String(decoding: received, as: UTF8.self)
    }

    /// Reads what has come, without waiting.
    func readNow() -> String {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let size = recv(other, &buffer, buffer.count, CInt(MSG_DONTWAIT))
            guard size > 0 else { return String(decoding: received, as: UTF8.self) }
            received += buffer[..<size]
        }
    }

    /// Reads to the end of an event.
    func readEvent() async throws -> String {
        var text = ""
        while !text.hasSuffix("\n\n") {
            let next = try await read(count: 1)
            guard !next.isEmpty else { break }
            text += next
        }
        return text
    }

    func send(_ text: String) {
        _ = Glibc.send(other, text, text.utf8.count, CInt(MSG_NOSIGNAL))
    }

    /// Says that no more bytes come from the test's end.
    func endOutput() {
        shutdown(other, CInt(SHUT_WR))
    }

    func closeOther() {
        if isOpen.exchange(false, ordering: .relaxed) { _ = Glibc.close(other) }
    }
}
