/// Why a stream ends, or is not begun, although its client would like to go on.
///
/// The raw value is what `bye` and the metrics call it.
enum EndReason: String, CaseIterable, Sendable {
    /// The node holds as many streams as it may.
    case overloaded
    /// The broker is away.
    case notReady = "not-ready"
    /// The node is stopping.
    case draining
    /// The socket has taken nothing for too long.
    case slow
    /// The token that the stream was opened with has ended.
    case expired
    /// The client has too many streams, or opens them too fast.
    case limited
    /// An operator wants the listener gone.
    case kicked

    /// After how many milliseconds the client is told to come back; random within the range, so that many clients do
    /// not come at once.
    var retry: ClosedRange<Int> {
        switch self {
        case .overloaded, .limited: 5_000...15_000
        case .notReady, .slow, .expired, .kicked: 1_000...3_000
        case .draining: 200...2_000
        }
    }

    /// Whether the client should come back.
    var reconnects: Bool {
        switch self {
        case .overloaded, .notReady, .draining, .slow, .limited: true
        case .expired, .kicked: false
        }
    }
}

/// Why messages were missed that cannot be replayed; the raw value is what `gap` calls it.
enum GapReason: String, CaseIterable, Sendable {
    /// They are older than what is retained.
    case expired
    /// The presented cursor could not be read.
    case unknownCursor = "unknown-cursor"
    /// The broker lost messages.
    case dataLost = "data-lost"
    /// The stream fell behind what is retained.
    case slow
}
