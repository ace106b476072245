/// What a client asked for when it opened a stream.
struct StreamRequest: Hashable, Sendable {
    /// The position that a listener says it has come to.
    enum Presented: Hashable, Sendable {
        case nothing
        /// Something that is no cursor of this gateway.
        case unreadable
        case cursor(Cursor)

        init(_ text: String?) {
            guard let text, !text.isEmpty else {
                self = .nothing
                return
            }
            self = Cursor(text).map { .cursor($0) } ?? .unreadable
        }
    }

    /// The most rooms of one stream, where nobody has set fewer.
    static let maximumRooms = 100

    /// Each room once, at least one.
    var rooms: [Room]
    var presented: Presented
    /// How many messages of each room to replay where no position was presented.
    var history: Int
    /// Who holds the stream; nil where nobody knows.
    var user: String?
    /// Whether the stream gets no messages of whoever holds it.
    var excludesOwn = false
    /// When that ends, in milliseconds since 1970; nil for never.
    var expires: UInt64?
    /// What the listener can come back with in place of its ticket; nil where it needs nothing of the kind.
    var resume: String?
    /// Where the listener comes from; nil where no limit counts that.
    var address: ClientAddress?
}
