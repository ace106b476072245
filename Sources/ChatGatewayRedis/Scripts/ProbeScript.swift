import ChatGateway
import NIOCore

/// Asks Redis for its timeline and keeps it true; nothing else ever changes the epoch.
///
/// The node brings the highest position it has received from Redis. A position that Redis does not know of any more
/// proves that it lost messages; see DESIGN's "epoch". The probe takes a position of its own and is published to the
/// node's channel: it shows that the whole way works, and moves the node's clock.
enum ProbeScript {
    static let text =
        ScriptText.positions + """
            local state, base, run, candidate = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
            local seenEpoch, seen, channel, serial = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
            local silence, scanned = tonumber(ARGV[8]), ARGV[9]
            local known = redis.call('HMGET', state, 'epoch', 'run', 'top', 'seams', 'forgot', 'scan')
            local epoch, top, forgot = known[1], known[3] or '0-0', known[5] or '0-0'
            local seams = {}
            for name, at, kind in string.gmatch(known[4] or '', '(%w+) (%d+%-%d+) ([+!])') do
              seams[#seams + 1] = {name, at, kind}
            end
            if not epoch then
              epoch, seams = candidate, {}
              if beyond(seen, top) then top = seen end
            else
              local isNew = known[2] ~= run
              if isNew then
                table.insert(seams, 1, {epoch, top, '+'})
                epoch = candidate
              end
              local lost = seenEpoch == epoch and beyond(seen, top)
              for _, seam in ipairs(seams) do
                if seam[1] == seenEpoch and seam[3] == '+' and beyond(seen, seam[2]) then lost = true end
              end
              if lost then
                for _, seam in ipairs(seams) do seam[3] = '!' end
                if not isNew then
                  table.insert(seams, 1, {epoch, top, '!'})
                  epoch = candidate
                end
              end
              if beyond(seen, top) then top = seen end
            end
            local now, ms, seq = clock(), parse(top)
            if now > ms then ms, seq = now, 0 else seq = seq + 1 end
            top = number(ms) .. '-' .. number(seq)

            local silent = {'-'}
            local page = redis.call('HSCAN', state, known[6] or '0', 'MATCH', '@*', 'COUNT', scanned)
            for i = 1, #page[2], 2 do
              local last = string.match(page[2][i + 1], '^%S+')
              local lastMs = parse(last)
              if lastMs and lastMs < now - silence and #silent < 100 then
                silent[#silent + 1] = page[2][i]
                if beyond(last, forgot) then forgot = last end
              end
            end
            local list = {}
            for i = 1, math.min(#seams, 32) do list[i] = table.concat(seams[i], ' ') end
            list = table.concat(list, ',')
            -- HDEL needs no memory, and behind a write Redis lets HSET pass: a full Redis is still one that answers.
            redis.call('HDEL', state, unpack(silent))
            redis.call('HSET', state, 'epoch', epoch, 'run', run, 'top', top, 'seams', list, 'forgot', forgot,
              'scan', page[1])
            redis.call('PUBLISH', channel, 'p ' .. serial .. ' ' .. epoch .. ' ' .. top)
            return {epoch, top, list}
            """

    /// After how long a silent room is forgotten: 7 days, or as long as its history lasts.
    static func silence(_ history: HistoryLimits) -> Duration {
        max(.seconds(7 * 24 * 3600), history.age)
    }

    /// Entries of the state that a probe looks at in search of silent rooms.
    static let scanned = 10

    /// What a probe brings along.
    struct Request: Hashable, Sendable {
        /// The process at the other end of the link.
        var run: String
        /// The name of the new epoch, should one begin.
        var candidate: Epoch
        /// The highest position that the node has received from Redis.
        var received: Cursor?
        /// Where the probe is published.
        var channel: String
        /// The probe's number.
        var serial: UInt64
    }

    /// The command of a probe.
    static func command(hash: String?, names: Names, request: Request, history: HistoryLimits) -> Command {
        var command = Script.probe.call(hash: hash, state: names.state)
        command.append(names.base)
        command.append(request.run)
        command.append(request.candidate.name)
        command.append(request.received?.epoch.name ?? "-")
        command.append(request.received?.position.description ?? "0-0")
        command.append(request.channel)
        command.append(request.serial)
        command.append(silence(history).milliseconds)
        command.append(scanned)
        return command
    }

    /// The timeline and the probe's own position; nil where the reply is none of this script.
    static func answer(_ reply: Reply) -> Standing? {
        var reader = reply.reader
        guard reader.array() == 3 else { return nil }
        return reader.standing()
    }
}

/// What Redis says of its history: the timeline, and the highest position given.
struct Standing: Hashable, Sendable {
    /// The epoch and how it came about.
    var timeline: Timeline
    /// The highest position given.
    var top: Position
}

extension ReplyReader {
    /// Epoch, top and seams, one after the other.
    mutating func standing() -> Standing? {
        guard let epoch = string().flatMap({ Epoch($0) }), let top = position(), let list = string() else { return nil }
        var seams: [Seam] = []
        for text in list.split(separator: ",") {
            let parts = text.split(separator: " ")
            guard parts.count == 3, let epoch = Epoch(parts[0]), let top = Position(parts[1]) else { return nil }
            seams.append(Seam(epoch: epoch, top: top, isKept: parts[2] == "+"))
        }
        return Standing(timeline: Timeline(epoch: epoch, seams: seams), top: top)
    }
}
