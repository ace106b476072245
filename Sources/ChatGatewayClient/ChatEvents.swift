import AsyncHTTPClient
import NIOCore

/// What a gateway tells of some rooms, from now on or from a cursor on, over as many streams as that takes.
///
/// It reads what the network brings only when it is asked for the next event, so that whoever is slow slows the gateway
/// down and not the process. A stream that ends or breaks off is asked for again, after the wait that the gateway wants
/// and a little more, with the cursor of what came last: nothing is lost or repeated but what a ``ChatEvent/gap(_:)``
/// tells. A stream whose token has ended is asked for with a new one. It ends when the gateway wants nobody back
/// (``ChatEvent/Bye/reconnect``, or status 204); it throws ``ChatClientError/Code/refused`` where the gateway refuses, which
/// it does with a token that has ended, ``ChatClientError/Code/unreadable`` where what comes is no gateway's or longer than
/// 1 MiB and a little, which no gateway sends, what the client's `token` throws, and when the task is cancelled.
public struct ChatEvents: AsyncSequence, Sendable {
    let client: ChatClient
    let target: String
    /// Where to begin; empty for now.
    let cursor: String

    /// Begins to listen; every iterator has a stream of its own.
    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// Reads events one after the other.
    public struct Iterator: AsyncIteratorProtocol {
        private let events: ChatEvents
        private var plan = Reconnection()
        private var parser: EventStreamParser
        private var body: HTTPClientResponse.Body.AsyncIterator?
        private var cursor: String

        init(_ events: ChatEvents) {
            self.events = events
            cursor = events.cursor
            parser = EventStreamParser(lastEventID: cursor)
        }

        /// The next event; nil when the gateway wants nobody back.
        public mutating func next() async throws -> ChatEvent? {
            while true {
                switch plan.step {
                case .connect(let wait):
                    if wait > 0 { try await Task.sleep(for: .milliseconds(wait)) }
                    try await connect()
                case .read:
                    if let event = try await read() { return event }
                case .end: return nil
                case .refused(let status):
                    throw ChatClientError(.refused, "The gateway refuses the stream", status: status)
                }
            }
        }

        private mutating func connect() async throws {
            let request = try await events.client.request(.GET, events.target) { headers in
                headers.add(name: "Accept", value: "text/event-stream")
                if !cursor.isEmpty { headers.add(name: "Last-Event-ID", value: cursor) }
            }
            parser = EventStreamParser(lastEventID: cursor)
            do {
                let response = try await events.client.http.execute(request, deadline: .distantFuture)
                let type = response.headers.first(name: "content-type") ?? ""
                plan.answered(
                    status: Int(response.status.code),
                    isEventStream: type.lowercased().hasPrefix("text/event-stream"),
                    jitter: .random(in: 0...1)
                )
                body = plan.step == .read ? response.body.makeAsyncIterator() : nil
            } catch {
                try Task.checkCancellation()
                plan.failed(jitter: .random(in: 0...1))
            }
        }

        /// The next event of this stream; nil where there is none yet, or none any more.
        private mutating func read() async throws -> ChatEvent? {
            let event = try nextEvent()
            if let retry = parser.retry { plan.told(retry: retry) }
            // Also an id without an event counts.
            cursor = parser.lastEventID
            guard let event else {
                try await readOn()
                return nil
            }
            let told = try ChatEvent(event)
            switch told {
            case .ready: plan.becameReady()
            // Another token may be good, and one that has ended is refused.
            case .bye(let bye): plan.saidGoodbye(reconnect: bye.reconnect || bye.reason == "expired")
            case .message, .gap, .typing, .presence, nil: break
            }
            return told
        }

        private mutating func nextEvent() throws(ChatClientError) -> ServerSentEvent? {
            do throws(EventStreamError) {
                return try parser.next()
            } catch {
                throw ChatClientError(.unreadable, "An event is longer than those of a gateway")
            }
        }

        private mutating func readOn() async throws {
            do {
                if let piece = try await body?.next() { return parser.feed(piece) }
            } catch {
                try Task.checkCancellation()
            }
            body = nil
            plan.ended(jitter: .random(in: 0...1))
        }
    }
}
