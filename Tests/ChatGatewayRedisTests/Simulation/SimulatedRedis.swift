import ChatGateway
import NIOCore

@testable import ChatGatewayRedis

/// What a Redis process holds: the shard's state and the logs, as values, so that a replica is a copy.
struct SimulatedData {
    struct Stored {
        var entry: Entry
        var id: Int
    }

    var standing: Standing?
    var run = ""
    var last: [Room: Position] = [:]
    var forgotten = Position.zero
    var logs: [Room: [Stored]] = [:]
    /// Everything that was ever appended to this history, never trimmed: the truth that the verdict is about.
    var history: [Room: [Stored]] = [:]
    /// Which epochs went over into this history without a loss, for reports.
    var epochs = 0
}

/// A Redis process that follows the rules of the scripts, with the links that nodes have to it.
final class SimulatedProcess {
    let run: String
    var data: SimulatedData
    var isMaster = true
    var isFrozen = false
    var skew: UInt64 = 0
    var links: [SimulatedLink] = []
    /// Processes that repeat what is published here: demoted masters that copy this one.
    var mirrors: [SimulatedProcess] = []

    init(run: String, data: SimulatedData, skew: UInt64) {
        self.run = run
        self.data = data
        self.skew = skew
    }

    func publish(_ item: SimulatedLink.Reply, to channel: String) {
        for link in links where link.channels.contains(channel) { link.replies.append(item) }
        for mirror in mirrors { mirror.publish(item, to: channel) }
    }

    /// Executes one request; the reply waits on the link.
    func execute(_ request: SimulatedLink.Request, on link: SimulatedLink, clock: UInt64) {
        switch request {
        case .greet:
            link.replies.append(.greeting(Greeting(run: run, isMaster: isMaster)))
        case .listen(let channel):
            link.channels.insert(channel)
        case .subscribe(let rooms):
            for room in rooms {
                link.channels.insert("room \(room)")
                link.replies.append(.confirmed(room))
            }
        case .unsubscribe(let room):
            link.channels.remove("room \(room)")
        case .probe(let probe):
            guard isMaster else { return link.replies.append(.refused) }
            let standing = self.probe(probe, clock: clock)
            publish(.probed(probe.serial, standing), to: probe.channel)
            link.replies.append(.standing(standing))
        case .append(let room, let id, let fence):
            link.replies.append(append(id, to: room, fence, clock: clock))
        case .read(let mark, let wishes, let fence, let channel):
            guard let standing = data.standing, fenced(fence) else { return link.replies.append(.refused) }
            let parts = wishes.map(read)
            publish(.marked(mark, standing), to: channel)
            link.replies.append(.parts(mark, standing, parts))
        }
    }

    private func fenced(_ fence: Fence) -> Bool {
        isMaster && data.standing?.timeline.epoch == fence.epoch && data.run == fence.run
    }

    private func probe(_ probe: ProbeScript.Request, clock: UInt64) -> Standing {
        let seen = probe.received
        guard var standing = data.standing else {
            let top = max(.zero, seen?.position ?? .zero).next(now: clock &- skew)
            let standing = Standing(timeline: Timeline(epoch: probe.candidate), top: top)
            data.standing = standing
            data.run = probe.run
            return standing
        }
        let isNew = data.run != probe.run
        if isNew {
            standing.timeline.seams.insert(
                Seam(epoch: standing.timeline.epoch, top: standing.top, isKept: true),
                at: 0
            )
            standing.timeline.epoch = probe.candidate
            data.run = probe.run
        }
        if let seen {
            var isLost = seen.epoch == standing.timeline.epoch && seen.position > standing.top
            for seam in standing.timeline.seams where seam.epoch == seen.epoch && seam.isKept {
                if seen.position > seam.top { isLost = true }
            }
            if isLost {
                for index in standing.timeline.seams.indices { standing.timeline.seams[index].isKept = false }
                if !isNew {
                    standing.timeline.seams.insert(
                        Seam(epoch: standing.timeline.epoch, top: standing.top, isKept: false),
                        at: 0
                    )
                    standing.timeline.epoch = probe.candidate
                }
            }
            standing.top = max(standing.top, seen.position)
        }
        standing.top = standing.top.next(now: clock &- skew)
        data.standing = standing
        return standing
    }

    private func append(_ id: Int, to room: Room, _ fence: Fence, clock: UInt64) -> SimulatedLink.Reply {
        guard let standing = data.standing, fenced(fence) else { return .refused }
        let position = standing.top.next(now: clock &- skew)
        let entry = Entry(
            position: position,
            previous: data.last[room] ?? data.forgotten,
            previousIsBound: data.last[room] == nil,
            body: ByteBuffer(string: "\(id)")
        )
        if data.last[room] == nil { data.logs[room] = [] }
        data.standing?.top = position
        data.last[room] = position
        data.logs[room, default: []].append(SimulatedData.Stored(entry: entry, id: id))
        data.history[room, default: []].append(SimulatedData.Stored(entry: entry, id: id))
        publish(.message(room, entry, standing.timeline.epoch), to: "room \(room)")
        return .stored(position, standing.timeline.epoch)
    }

    private func read(_ wish: ReadScript.Wish) -> ReadScript.Part {
        guard let last = data.last[wish.room] else {
            return ReadScript.Part(last: data.forgotten, hasMore: false, entries: [])
        }
        guard let after = wish.after else { return ReadScript.Part(last: last, hasMore: false, entries: []) }
        let all = (data.logs[wish.room] ?? []).map(\.entry).filter { $0.position > after }
        return ReadScript.Part(last: last, hasMore: all.count > 4, entries: Array(all.prefix(4)))
    }

    /// What trimming, age or eviction do.
    func trim(_ room: Room, to count: Int) {
        data.logs[room] = data.logs[room]?.suffix(count)
    }

    /// What probes do with a room that was silent for long.
    func forget(_ room: Room) {
        guard let last = data.last.removeValue(forKey: room) else { return }
        data.logs[room] = []
        data.forgotten = max(data.forgotten, last)
    }
}

/// One connection, with what is under way in both directions.
final class SimulatedLink {
    enum Request {
        case greet
        case listen(String)
        case subscribe([Room])
        case unsubscribe(Room)
        case probe(ProbeScript.Request)
        case append(Room, Int, Fence)
        case read(UInt64, [ReadScript.Wish], Fence, String)
    }

    enum Reply {
        case greeting(Greeting)
        case confirmed(Room)
        case message(Room, Entry, Epoch)
        case probed(UInt64, Standing)
        case marked(UInt64, Standing)
        case standing(Standing)
        case stored(Position, Epoch)
        case parts(UInt64, Standing, [ReadScript.Part])
        case refused
    }

    let process: SimulatedProcess
    var channels: Set<String> = []
    var requests: CircularBuffer<Request> = []
    var replies: CircularBuffer<Reply> = []
    var isCut = false

    init(to process: SimulatedProcess) {
        self.process = process
        process.links.append(self)
    }

    func cut() {
        isCut = true
        process.links.removeAll { $0 === self }
    }
}
