import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Answers every request that opens no stream; returns when the answer is written or given up.
typealias RequestLane = @Sendable (HTTPRequest, ByteBuffer, any Channel, Logger, AnswerWriter) async -> Void

/// The way of one answer to its connection, from whatever thread it comes.
struct AnswerWriter: Sendable {
    let gate: NIOLoopBound<Gate>

    /// Writes a whole answer.
    func write(_ head: HTTPResponse, _ body: ByteBuffer) {
        onLoop { $0.write(HTTPResponseHead(head), body) }
    }

    /// Writes the answer to a posted message.
    func write(_ answer: MessagePosting.Answer) {
        onLoop { $0.write(answer) }
    }

    /// Writes a refusal.
    func write(_ problem: Problem) {
        onLoop { $0.write(problem) }
    }

    /// Writes the head of an answer whose body follows piece by piece.
    func begin(_ head: HTTPResponse) {
        onLoop { $0.begin(answer: HTTPResponseHead(head)) }
    }

    /// Writes a piece of the body; returns when the socket has taken it.
    func write(_ piece: ByteBuffer) async throws {
        let promise = gate.eventLoop.makePromise(of: Void.self)
        onLoop { $0.write(piece, promise: promise) }
        try await promise.futureResult.get()
    }

    /// Ends an answer that was begun.
    func end() {
        onLoop { $0.endAnswer() }
    }

    /// Breaks off an answer that was begun and cannot be completed.
    func abort() {
        onLoop { $0.abort() }
    }

    private func onLoop(_ body: @escaping @Sendable (Gate) -> Void) {
        if gate.eventLoop.inEventLoop {
            body(gate.value)
        } else {
            gate.eventLoop.execute { body(gate.value) }
        }
    }
}
