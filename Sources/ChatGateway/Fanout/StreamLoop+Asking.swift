import NIOCore

/// What a loop asks the broker, through the node: pages of rooms' pasts, and how far it is.
extension StreamLoop {
    /// Messages of one page; its bytes are bounded too.
    private static let pageCount = 2_000
    /// Streams that go on as soon as a page has come: it may be gone again when the others have their turn.
    private static let promptCount = 16

    /// A stream stands still until a page has been read that goes on behind a position.
    func wait(_ stream: EventStream, for room: LoopRoom, after base: Position) {
        stream.isWaiting = true
        room.waiting.append(stream)
        readPage(of: room, after: base)
    }

    /// Has a page read that goes on behind a position, or behind a lower one that another stream wants.
    func readPage(of room: LoopRoom, after base: Position = .last) {
        room.lowest = min(room.lowest, base)
        guard !room.isReading, room.lowest < room.log.start else { return }
        room.isReading = true
        let range = ReadRange(after: room.lowest, through: room.log.start, limit: Self.pageCount)
        fanout.read(range, of: room.room, for: index)
    }

    func search(_ range: ReadRange, in room: LoopRoom) {
        guard room.searches.insert(range).inserted else { return }
        fanout.read(range, of: room.room, for: index)
    }

    /// Returns whether streams that are opening may go on.
    func received(_ page: Page?, _ range: ReadRange, of room: LoopRoom) -> Bool {
        let isOfPresent = page?.timeline.epoch == timeline?.epoch
        if range.end == .newest {
            room.searches.remove(range)
            guard let page, isOfPresent else { return false }
            for stream in openings { stream.found(page, range, in: room) }
            return true
        }
        room.isReading = false
        // Where the broker did not answer, the next tick asks again.
        guard let page, isOfPresent else { return false }
        segments.install(RoomLog(page, of: range), in: room, at: tick)
        for (place, stream) in room.release().enumerated() {
            stream.isWaiting = false
            if place < Self.promptCount { stream.advance() } else { passes.add(stream) }
        }
        return true
    }

    /// Asks the broker how far it is, on behalf of a stream whose listener is ahead of the node.
    func askTop(for stream: EventStream) {
        guard !toAsk.contains(where: { $0 === stream }), !asking.contains(where: { $0 === stream }) else { return }
        toAsk.append(stream)
        askNow()
    }

    func askNow() {
        guard asking.isEmpty, !toAsk.isEmpty else { return }
        swap(&asking, &toAsk)
        fanout.askTop(for: index)
    }

    func received(_ answer: (timeline: Timeline, top: Position)?) -> Bool {
        // An answer of another history is none: the node crosses to it first, and the stream is placed anew.
        let asked = asking
        asking = []
        if let answer, answer.timeline.epoch == timeline?.epoch {
            for stream in asked { stream.opening?.top = answer.top }
            askNow()
            return true
        }
        toAsk += asked
        return false
    }
}
