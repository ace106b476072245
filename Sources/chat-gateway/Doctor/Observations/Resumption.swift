/// What streams showed that came back with a cursor.
struct Resumption: Equatable, Sendable {
    /// The node that gave the cursor.
    var origin: String
    /// The messages that were posted behind it.
    var expected: Set<String>
    /// Streams with the cursor in the field `Last-Event-ID`.
    var byField: [StreamRecord]
    /// Streams with the cursor in the query, where the field does not arrive everywhere.
    var byQuery: [StreamRecord] = []

    /// Whether the gateway was shown a cursor: it goes on from there, or says that it cannot.
    static func wasShown(to stream: StreamRecord) -> Bool {
        stream.ready?.isResumed == true || !stream.gaps.isEmpty
    }
}
