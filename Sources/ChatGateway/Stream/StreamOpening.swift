/// What a stream knows until it has told its listener that it is ready.
struct StreamOpening {
    /// How far a stream is with finding its start.
    enum Stage: Hashable {
        /// Rooms are not whole yet, or the broker has yet to say where it stands.
        case placing
        /// Looking for the position before the oldest message to replay.
        case searching
        /// The start is known; what follows first has yet to be read.
        case counting
    }

    /// The search for the position before a room's last N messages, page by page back from the newest.
    struct Search: Hashable {
        /// Messages still to be found, before `through`.
        var rest: Int
        var through: Position
        var isDone = false

        init(history: Int, log: RoomLog) {
            if let start = log.position(beforeLast: history) {
                (rest, through, isDone) = (0, start, true)
            } else {
                (rest, through) = (history - log.frameCount, log.start)
            }
        }

        var range: ReadRange { ReadRange(after: .zero, through: through, limit: rest, from: .newest) }

        mutating func found(_ page: Page) {
            if let oldest = page.entries.first { through = oldest.previous }
            rest -= page.entries.count
            isDone = rest <= 0 || !page.hasMore || page.entries.isEmpty
        }
    }

    let request: StreamRequest
    /// The tick at which the client is told to come back.
    let deadline: UInt32
    var stage = Stage.placing
    /// The broker's top, asked for after the listener came.
    var top: Position?
    /// Why every room has a gap before the start.
    var gap: GapReason?
    var searches: [Search] = []
    /// Whether the first page was not in the node's memory.
    var hasRead = false
    /// What `ready` will say, room by room, as far as it is known.
    var states: [StreamEvents.RoomState?] = []

    init(request: StreamRequest, deadline: UInt32) {
        self.request = request
        self.deadline = deadline
    }

    /// Where the first page came from.
    var source: GatewayMetrics.Source {
        guard case .cursor = request.presented else { return .new }
        return hasRead ? .broker : .log
    }
}
