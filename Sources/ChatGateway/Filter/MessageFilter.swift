/// Judges every message that somebody posts before it is stored: lets it pass, rewrites it, or refuses it.
///
/// The gateway asks when it knows that the sender may write in the room and that the body is a JSON object. What it asks
/// about is not stored yet, and is stored as a whole or not at all. A filter that fails or takes too long stores nothing:
/// the sender gets 500 or 503, with `"stored":"no"`. Messages that the program itself publishes, by ``Gateway`` or by
/// the ops listener, are not asked about.
///
/// Where a message is posted again with its `id`, the filter is asked again, and what it says decides nothing: the sender
/// gets the first result, as without a filter. So a filter must not count on being asked once for each message.
public struct MessageFilter: Sendable {
    /// How long one judgement may take; the sender gets 503 beyond, and the task of the filter is cancelled.
    ///
    /// Default 2 s.
    public var limit: Duration

    let judge: @Sendable (ProposedMessage) async throws -> MessageVerdict

    /// Makes a filter.
    ///
    /// - Parameters:
    ///   - limit: How long one judgement may take. Default 2 s.
    ///   - judge: Judges one message. Called from any thread but those of event loops, so that it may compute for long;
    ///     for many messages at one time, at most 1,000 on a node: a further one gets 503.
    public init(
        limit: Duration = .seconds(2),
        _ judge: @escaping @Sendable (ProposedMessage) async throws -> MessageVerdict
    ) {
        self.limit = limit
        self.judge = judge
    }
}
