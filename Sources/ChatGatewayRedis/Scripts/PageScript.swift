import ChatGateway
import NIOCore

/// Reads a part of one room's log, from either end, bounded in number and bytes.
enum PageScript {
    static let text =
        ScriptText.positions + """
            local state, base, room, after, through = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
            local limit, budget, isNewest = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7] == 'newest'
            local known = redis.call('HMGET', state, 'epoch', 'top', 'seams', 'forgot', '@' .. room)
            if not known[1] then return redis.error_reply('FENCED no epoch') end
            local last = known[5] and string.match(known[5], '^%S+')
            local low, high, hasMore, found, isFull = '(' .. after, through, 0, {}, not last
            local oldest = math.max(clock() - tonumber(ARGV[8]), 0)
            if parse(after) < oldest then low = number(oldest) .. '-0' end
            while not isFull do
              local count = math.min(limit - #found + 1, 32)
              local entries
              if isNewest then
                entries = redis.call('XREVRANGE', base .. ':log:' .. room, high, low, 'COUNT', count)
              else
                entries = redis.call('XRANGE', base .. ':log:' .. room, low, high, 'COUNT', count)
              end
              isFull = #entries < count
              for _, entry in ipairs(entries) do
                if #found >= limit or (#found > 0 and budget < #entry[2][6]) then
                  hasMore, isFull = 1, true
                  break
                end
                found[#found + 1] = entry
                budget = budget - #entry[2][6]
                if isNewest then high = '(' .. entry[1] else low = '(' .. entry[1] end
              end
            end
            local reply = {known[1], known[2], known[3], last or known[4] or '0-0', hasMore}
            for i = 1, #found do
              local entry = found[isNewest and #found + 1 - i or i]
              reply[#reply + 1], reply[#reply + 2], reply[#reply + 3] = entry[1], entry[2][2], entry[2][6]
              reply[#reply + 1] = entry[2][8] or ''
            end
            return reply
            """

    /// The command for a range of a room.
    static func command(
        hash: String?,
        names: Names,
        room: Room,
        range: ReadRange,
        history: HistoryLimits
    ) -> Command {
        var command = Script.page.call(hash: hash, state: names.state)
        command.append(names.base)
        command.append(room.name)
        // Behind the highest id Redis refuses to begin an interval.
        let isEmpty = range.after >= range.through
        command.append((isEmpty ? Position.zero : range.after).description)
        command.append((isEmpty ? Position.zero : range.through).description)
        command.append(max(range.limit, 0))
        command.append(max(range.byteLimit, 0))
        command.append(range.end == .newest ? "newest" : "oldest")
        command.append(history.age.milliseconds)
        return command
    }

    /// The page and the highest position given; nil where the reply is none of this script.
    static func answer(_ reply: Reply) -> (page: Page, top: Position)? {
        var reader = reply.reader
        guard let count = reader.array(), count >= 5, let standing = reader.standing(),
            let last = reader.position(), let hasMore = reader.integer(),
            let entries = reader.entries((count - 5) / 4)
        else { return nil }
        let page = Page(entries: entries, hasMore: hasMore != 0, last: last, timeline: standing.timeline)
        return (page, standing.top)
    }
}
