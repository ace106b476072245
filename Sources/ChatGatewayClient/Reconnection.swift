/// When a client comes back, and when it does not: without I/O, so that it can be tested with values.
struct Reconnection: Hashable, Sendable {
    /// What to do next.
    enum Step: Hashable, Sendable {
        /// Ask for a stream after a wait, in milliseconds.
        case connect(after: Int)
        /// There is a stream to be read.
        case read
        /// Nothing more comes.
        case end
        /// Nothing more comes, as the gateway refuses with this status.
        case refused(Int)
    }

    private(set) var step = Step.connect(after: 0)
    /// How long the gateway wants its listeners to wait, in milliseconds.
    private var retry = 2_000
    /// Attempts since the last stream that was ready.
    private var failures = 0
    /// Whether the stream was ready, or has said good-bye: what ends before that is no stream of a gateway's.
    private var isProven = false
    private var isOver = false

    /// The longest wait, in milliseconds, whatever the gateway says.
    static let longestWait = 60_000

    /// An answer has come; `jitter` is random, from 0 to 1.
    mutating func answered(status: Int, isEventStream: Bool, jitter: Double) {
        isProven = false
        switch status {
        case 200 where isEventStream: step = .read
        // The way of Server-Sent Events to say that nobody shall come back.
        case 204: step = .end
        case 408, 429, 500...: failed(jitter: jitter)
        default: step = .refused(status)
        }
    }

    /// The stream says how long to wait.
    mutating func told(retry milliseconds: Int) {
        retry = min(milliseconds, Self.longestWait)
    }

    /// The stream is ready, so that whatever was wrong is over.
    mutating func becameReady() {
        failures = 0
        isProven = true
    }

    /// The gateway says good-bye.
    mutating func saidGoodbye(reconnect: Bool) {
        isOver = !reconnect
        isProven = true
    }

    /// The stream has ended, or broken off; `jitter` is random, from 0 to 1.
    mutating func ended(jitter: Double) {
        guard !isOver else {
            step = .end
            return
        }
        guard isProven else { return failed(jitter: jitter) }
        // The gateway has spread what it tells already; a proxy that was restarted has not.
        step = .connect(after: min(Int(Double(retry) * (1 + jitter / 4)), Self.longestWait))
    }

    /// There was no stream; `jitter` is random, from 0 to 1.
    mutating func failed(jitter: Double) {
        failures = min(failures + 1, 6)
        let longest = min(500 << failures, Self.longestWait)
        step = .connect(after: longest / 2 + Int(Double(longest / 2) * jitter))
    }
}
