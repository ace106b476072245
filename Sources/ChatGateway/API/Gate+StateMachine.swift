import NIOCore
import NIOHTTP1

extension Gate {
    /// What one connection is doing, request after request.
    struct StateMachine {
        /// What to do about a part of a request.
        enum Action: Equatable {
            /// Nothing.
            case none
            /// The body may come: say `100 Continue`.
            case invite
            /// Open a stream, or refuse it; the request is complete.
            case open(HTTPRequestHead)
            /// Have the request answered; nothing more is read until that is done.
            case answer(HTTPRequestHead, ByteBuffer)
            /// Refuse the request before all of it has come.
            case refuse(HTTPRequestHead?, Problem)
            /// Close the connection when what was written has left.
            case close
            /// Close the connection at once.
            case abort
        }

        /// What to do once an answer is written.
        enum Next: Equatable {
            /// Wait for the next request.
            case goOn
            /// Say that no more answers come, and read until the client has noticed.
            case linger
            /// Close the connection.
            case close
        }

        /// What the connection waits for, which says how long.
        enum Wait: Equatable {
            /// For a head of which nothing or a part has come.
            case head
            /// For the next request.
            case idle
            case body
            /// For an answer, which sees to its own time.
            case answer
            /// For the client to close.
            case end
        }

        private enum State {
            case waiting
            case receiving(HTTPRequestHead)
            case answering(keepsAlive: Bool, isComplete: Bool)
            /// Answered before the request was complete; what still comes is read and dropped.
            case lingering
            /// Nothing is heeded any more; the last bytes may be under way.
            case closed
        }

        private(set) var wait = Wait.head
        private var state = State.waiting
        /// The body so far; beside the state, so that appending does not copy it.
        private var body = ByteBuffer()
        private var isQuiescing = false
        /// Whether the beginning of the first request is known to be there: it is answered, even if the node is stopping.
        private var hasUnread: Bool
        /// Longest body of the requests that begin from now on, in bytes.
        var maximumBody: Int

        init(maximumBody: Int, hasUnread: Bool = false) {
            self.maximumBody = maximumBody
            self.hasUnread = hasUnread
        }

        /// Whether parts that arrive have to wait until the present request is answered.
        var isAnswering: Bool {
            if case .answering(_, isComplete: true) = state { true } else { false }
        }

        mutating func received(_ head: HTTPRequestHead) -> Action {
            hasUnread = false
            guard case .waiting = state else { return .none }
            // Servers that disagree about the host can be played off against each other: RFC 9112, 3.2.
            guard head.hostCount == 1 || head.hostCount == 0 && head.version == .http1_0 else {
                return refuse(head, .badRequest("A request has one Host field"))
            }
            if let length = head.headers.first(name: "content-length").flatMap(Int.init), length > maximumBody {
                return refuse(head, .contentTooLarge(maximumBody))
            }
            // A coding that only some servers undo makes one body two.
            guard head.hasKnownCoding else {
                return refuse(head, .badRequest("The only Transfer-Encoding is chunked, in HTTP/1.1"))
            }
            let expectation = head.headers.first(name: "expect")
            if let expectation, expectation.lowercased() != "100-continue" {
                return refuse(head, .expectationFailed)
            }
            state = .receiving(head)
            wait = .body
            return expectation == nil || head.version == .http1_0 ? .none : .invite
        }

        mutating func received(_ bytes: ByteBuffer) -> Action {
            guard case .receiving(let head) = state else { return .none }
            guard body.readableBytes + bytes.readableBytes <= maximumBody else {
                return refuse(head, .contentTooLarge(maximumBody))
            }
            if body.readableBytes == 0 { body = bytes } else { body.writeImmutableBuffer(bytes) }
            return .none
        }

        /// The request is complete.
        mutating func receivedEnd(isStream: (HTTPRequestHead) -> Bool) -> Action {
            switch state {
            case .receiving(let head):
                let complete = body
                body = ByteBuffer()
                // The decoder takes what follows such a request for another protocol.
                let keepsAlive = head.isKeepAlive && !head.asksForUpgrade && !isQuiescing
                state = .answering(keepsAlive: keepsAlive, isComplete: true)
                wait = .answer
                return isStream(head) ? .open(head) : .answer(head, complete)
            case .lingering:
                state = .closed
                return .close
            case .waiting, .answering, .closed: return .none
            }
        }

        /// Something came that is no HTTP.
        mutating func failed(_ problem: Problem) -> Action {
            switch state {
            case .waiting: return refuse(nil, problem)
            case .receiving(let head): return refuse(head, problem)
            case .answering, .lingering, .closed: return .none
            }
        }

        /// Bytes came that do not make up a head yet.
        mutating func receivedBytes() {
            if case .waiting = state { wait = .head }
        }

        /// What there was to wait for has not come in time.
        mutating func timedOut() -> Action {
            switch state {
            case .receiving(let head): return refuse(head, .requestTimeout)
            case .answering: return .none
            case .waiting, .lingering, .closed:
                state = .closed
                return .abort
            }
        }

        /// Whether the answer that is about to be written is the connection's last.
        func answers() -> Bool {
            guard case .answering(let keepsAlive, _) = state else { return true }
            return !keepsAlive || isQuiescing
        }

        /// An answer has been written, which said whether it is the last.
        mutating func answered(isLast: Bool) -> Next {
            guard case .answering(_, let isComplete) = state else { return .close }
            guard isLast else {
                state = .waiting
                wait = .idle
                return .goOn
            }
            state = isComplete ? .closed : .lingering
            // A large answer may take a slow client long.
            wait = isComplete ? .idle : .end
            return isComplete ? .close : .linger
        }

        /// The client sends no more.
        mutating func inputClosed() -> Action {
            switch state {
            case .answering:
                // It may still read the answer.
                isQuiescing = true
                return .none
            case .waiting, .receiving, .lingering:
                state = .closed
                return .close
            case .closed: return .none
            }
        }

        /// The node is stopping: what has come whole is answered, and a first request that is there to be read; nothing else
        /// begins.
        mutating func quiesce() -> Action {
            isQuiescing = true
            guard case .waiting = state, !hasUnread else { return .none }
            state = .closed
            return .close
        }

        private mutating func refuse(_ head: HTTPRequestHead?, _ problem: Problem) -> Action {
            body = ByteBuffer()
            state = .answering(keepsAlive: false, isComplete: false)
            wait = .end
            return .refuse(head, problem)
        }
    }
}

extension HTTPRequestHead {
    /// Names of the server that the client wants.
    fileprivate var hostCount: Int { headers["host"].count }

    /// Whether the body is coded in the one way that there is, or not at all.
    fileprivate var hasKnownCoding: Bool {
        let codings = headers["transfer-encoding"]
        guard let coding = codings.first else { return true }
        return codings.count == 1 && coding.lowercased() == "chunked" && version != .http1_0
    }

    /// Whether the client would like to speak another protocol behind this request.
    fileprivate var asksForUpgrade: Bool { method == .CONNECT || headers.contains(name: "upgrade") }
}
