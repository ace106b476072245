import NIOCore

/// Which of a room's messages a client asks to list.
struct HistoryQuery: Hashable, Sendable {
    private var after: Cursor?
    private var before: Cursor?
    private var limit = 50

    /// The most messages of one answer.
    static let maximumLimit = 500
    /// What the bodies of one answer may take, in bytes; a client reads on from `last`.
    private static let maximumBytes = 1024 * 1024

    init(_ parameters: [(name: String, value: String)]) throws(Problem) {
        for (name, value) in parameters {
            switch name {
            case "after": after = try Self.cursor(value)
            case "before": before = try Self.cursor(value)
            case "limit":
                guard let count = Int(value), (1...Self.maximumLimit).contains(count) else {
                    throw .badRequest("“limit” must be a whole number from 1 to \(Self.maximumLimit)")
                }
                limit = count
            default: break
            }
        }
    }

    /// Asks for the newest messages before a cursor, or for the next ones behind another.
    init(before: Cursor?, after: Cursor?, limit: Int) {
        self.before = before
        self.after = after
        self.limit = min(max(1, limit), Self.maximumLimit)
    }

    /// Reads what is asked for; throws where there is a cursor that a stream would answer with a gap.
    func page(of room: Room, from broker: any Broker) async throws(Problem) -> Page {
        let result: Result<Page, Problem>
        do throws(BrokerError) {
            let page = try await broker.read(range, of: room)
            var behind: Page?
            if page.entries.isEmpty, let range = rangeBehind { behind = try await broker.read(range, of: room) }
            // Only the broker knows whether a cursor behind the room's last message was ever given.
            let top = reachesBeyond(page.last) ? try await broker.top().top : page.last
            result = checked(page, behind: behind, top: top)
        } catch {
            throw .unavailable(error, writing: false)
        }
        return try result.get()
    }

    private static func cursor(_ text: String) throws(Problem) -> Cursor {
        guard let cursor = Cursor(text) else { throw .gone("This is no cursor of this gateway") }
        return cursor
    }

    /// What to read; whether the cursors' positions still mean anything shows with the answer.
    var range: ReadRange {
        ReadRange(
            after: after?.position ?? .zero,
            through: before?.position.preceding ?? .last,
            limit: limit,
            byteLimit: Self.maximumBytes,
            from: after == nil ? .newest : .oldest
        )
    }

    /// What to read, too, where nothing was found: the next message tells whether something has been between the cursors.
    var rangeBehind: ReadRange? {
        guard let after, before != nil else { return nil }
        return ReadRange(after: after.position, through: .last, limit: 1)
    }

    /// Whether a cursor is behind a position.
    func reachesBeyond(_ position: Position) -> Bool {
        [after, before].compactMap { $0 }.contains { $0.position > position }
    }

    /// What was read, or why it is no answer: a cursor that a stream would answer with a gap.
    func checked(_ page: Page, behind: Page? = nil, top: Position) -> Result<Page, Problem> {
        for cursor in [after, before].compactMap({ $0 }) {
            switch page.timeline.standing(of: cursor) {
            case .present(let position) where position <= max(top, page.last): break
            case .kept: break
            case .present, .lost, .unknown: return .failure(.gone("Messages at this cursor were lost"))
            }
        }
        if let after {
            let known = (page.entries.first ?? behind?.entries.first)?.previous ?? page.last
            if known > after.position {
                return .failure(.gone("Messages behind this cursor are no longer retained"))
            }
        }
        return .success(page)
    }

    /// The answer in JSON.
    static func body(_ page: Page) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeStaticString("{\"messages\":[")
        for (index, entry) in page.entries.enumerated() {
            if index > 0 { bytes.writeStaticString(",") }
            MessageBody.list(entry.body, at: Cursor(epoch: page.timeline.epoch, position: entry.position), in: &bytes)
        }
        let text = { (entry: Entry?) in
            entry.map { "\"\(Cursor(epoch: page.timeline.epoch, position: $0.position))\"" } ?? "null"
        }
        bytes.writeString(
            "],\"first\":\(text(page.entries.first)),\"last\":\(text(page.entries.last)),\"more\":\(page.hasMore)}"
        )
        return bytes
    }
}
