/// What some streams of one room showed while messages were posted to it.
struct Conversation: Equatable, Sendable {
    /// Streams as any browser's, but without compression.
    var streams: [StreamRecord]
    /// A stream that may be compressed.
    var compressible: StreamRecord
    /// Short messages.
    var posts: [Post] = []
    /// A long one, behind them: what is stuck in a buffer comes when more is written.
    var push: Post?
    /// How long was waited for what should come at once.
    var wait: Duration

    /// The streams that are no refusals.
    var open: [StreamRecord] { streams.filter { $0.isStream } }

    /// The ids of the short messages that were taken: the long one may be under way for long where a line is slow.
    var taken: Set<String> { Set(posts.filter(\.answer.isTaken).map(\.id)) }

    /// The heads of the streams that have one.
    var heads: [AnswerHead] { streams.filter { $0.head?.isEventStream == true }.compactMap(\.head) }

    /// Whether a stream is compressed that nobody asked to compress, so that nothing can be said of it.
    var isUnreadable: Bool { heads.contains { $0.encoding != nil } }
}
