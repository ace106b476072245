import NIOCore

/// From the admission to `ready`: where the stream starts, and what it gets first.
extension EventStream {
    /// Goes on with opening as far as what is known allows.
    func proceed() {
        guard phase == .opening, opening != nil else { return }
        if opening?.stage == .placing { place() }
        if opening?.stage == .searching { search() }
        if opening?.stage == .counting { count() }
    }

    private func place() {
        guard cursor.isWhole, let timeline = loop.timeline, let opening else { return }
        let clock = loop.fanout.clock
        // A loop that has yet to hear of the node's present epoch must not judge by its position.
        guard clock.generation == loop.generation else { return }
        let presented = opening.request.presented
        switch StreamStart(presented, timeline: timeline, clock: clock.position, top: opening.top) {
        case .askTop, .askTimeline: loop.askTop(for: self)
        case .at(let position, let gap):
            cursor.start(at: position)
            self.opening?.gap = gap
            if case .cursor = presented {
                self.opening?.stage = .counting
            } else if opening.request.history == 0 {
                self.opening?.stage = .counting
            } else {
                self.opening?.stage = .searching
                self.opening?.searches = cursor.rooms.map { .init(history: opening.request.history, log: $0.log) }
            }
        }
    }

    private func search() {
        guard let searches = opening?.searches else { return }
        for (room, search) in zip(cursor.rooms, searches) where !search.isDone {
            loop.search(search.range, in: room)
        }
        guard searches.allSatisfy(\.isDone) else { return }
        cursor.start(at: searches.map(\.through).min() ?? cursor.position, told: searches.map(\.through))
        opening?.stage = .counting
    }

    /// A read that some stream of the loop asked for has been answered.
    func found(_ page: Page, _ range: ReadRange, in room: LoopRoom) {
        guard opening?.stage == .searching, let index = cursor.rooms.firstIndex(where: { $0 === room }),
            opening?.searches[index].isDone == false, opening?.searches[index].range == range
        else { return }
        opening?.searches[index].found(page)
    }

    private func count() {
        guard var opening, let timeline = loop.timeline else { return }
        if opening.states.isEmpty { opening.states = cursor.rooms.map { _ in nil } }
        for (index, room) in cursor.rooms.enumerated() where opening.states[index] == nil {
            opening.states[index] = state(of: room, at: index, opening)
        }
        let states = opening.states.compactMap { $0 }
        if states.count < opening.states.count { opening.hasRead = true }
        self.opening = opening
        guard states.count == opening.states.count, let connection else { return }

        self.opening = nil
        phase = .open
        let start = Cursor(epoch: timeline.epoch, position: cursor.position)
        var old = start
        if case .cursor(let presented) = opening.request.presented { old = presented }
        let name = String(id, radix: 36)
        var batch = StreamBatch(connection)
        batch.add(
            StreamEvents.ready(
                retry: 1_000 + Int(id % 2_001),
                node: loop.settings.node,
                stream: name,
                rooms: states,
                id: old,
                resume: opening.request.resume
            )
        )
        if let reason = opening.gap { tellGaps(reason, from: old, to: start, in: &batch) }
        loop.fanout.metrics.opened(from: opening.source)
        write(batch)
        socket = connection.socket
        advance()
    }

    /// What `ready` says of a room; nil while that has to be read.
    private func state(of room: LoopRoom, at index: Int, _ opening: StreamOpening) -> StreamEvents.RoomState? {
        var resumed = opening.gap == nil
        if case .cursor = opening.request.presented {} else { resumed = false }
        var base = cursor.base(at: index)
        while true {
            switch room.next(after: base, hint: nil) {
            case .head: return .init(room: room.room, isResumed: resumed, replayed: 0, hasMore: false)
            case .log:
                let count = count(of: room.log, after: base, page: nil, in: room)
                return .init(room: room.room, isResumed: resumed, replayed: count, hasMore: false)
            case .page(_, let page):
                let log = room.pages[page].log
                let count = count(of: log, after: base, page: page, in: room)
                return .init(
                    room: room.room,
                    isResumed: resumed,
                    replayed: count,
                    hasMore: log.end != room.log.end
                )
            case .gap(let through):
                resumed = false
                base = through
            case .missing(let after, _):
                loop.readPage(of: room, after: after)
                return nil
            }
        }
    }

    /// How many messages behind a position the stream will get.
    private func count(of log: RoomLog, after base: Position, page: Int?, in room: LoopRoom) -> Int {
        let all = log.count(after: base)
        guard let exclusion = listener?.exclusion else { return all }
        room.readAuthors(after: base, page: page)
        let read = page.map { room.pages[$0].log } ?? room.log
        return all - read.count(after: base, coveredBy: exclusion)
    }
}
