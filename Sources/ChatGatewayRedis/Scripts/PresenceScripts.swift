import ChatGateway
import NIOCore

/// Keeps account of who is in which room, over all nodes, and publishes what has changed.
///
/// `…:nodes` are the nodes by the end of their leases, in milliseconds of Redis's clock; 0 is the end of one whose holdings
/// are being taken out, and which can't be renewed any more. `…:node:NODE` are its rooms with its streams, and
/// `…:node:NODE/ROOM` its users there with theirs: from what a node says now and what it said before follows what has
/// changed, so that a call can be repeated. `…:room:ROOM` are all streams (`n`), those last told of (`a`) and when (`t`);
/// `…:users:ROOM` all users with their streams; `…:news:ROOM` who has come (`+`) or gone (`-`) since. `…:due` are rooms by
/// the moment at which their listeners are to be told. All of it goes away some hours after the last node.
enum PresenceScripts {
    private static let common = """
        local base, channels, limit, age = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
        local shortest, longest, maxBytes = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local nodes, due = base .. ':nodes', base .. ':due'
        local function number(n) return string.format('%.0f', n) end
        local function users(room, mine, user, want)
          local there, all, news = mine .. '/' .. room, base .. ':users:' .. room, base .. ':news:' .. room
          local before = tonumber(redis.call('HGET', there, user) or '0')
          if before == want then return end
          if want == 0 then redis.call('HDEL', there, user) else redis.call('HSET', there, user, want) end
          local total, sign = redis.call('HINCRBY', all, user, want - before), nil
          if total <= 0 then
            redis.call('HDEL', all, user)
            sign = '-'
          elseif total == want - before then
            sign = '+'
          end
          if not sign then return end
          local noted = redis.call('HGET', news, user)
          if noted and noted ~= sign then
            redis.call('HDEL', news, user)
          elseif redis.call('HLEN', all) <= limit or noted then
            redis.call('HSET', news, user, sign)
            redis.call('PEXPIRE', news, age)
          end
        end
        local function streams(room, mine, want)
          local info = base .. ':room:' .. room
          local before = tonumber(redis.call('HGET', mine, room) or '0')
          if want == 0 then redis.call('HDEL', mine, room) else redis.call('HSET', mine, room, want) end
          local total = redis.call('HINCRBY', info, 'n', want - before)
          local last = tonumber(redis.call('HGET', info, 't') or '0')
          local pause = math.max(shortest, math.min(total, longest))
          redis.call('ZADD', due, 'NX', number(math.max(now, last + pause)), room)
          redis.call('PEXPIRE', info, age)
          redis.call('PEXPIRE', base .. ':users:' .. room, age)
          redis.call('PEXPIRE', mine .. '/' .. room, age)
          redis.call('PEXPIRE', due, age)
        end
        local function tell()
          for _, room in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', number(now), 'LIMIT', 0, 100)) do
            redis.call('ZREM', due, room)
            local info, all, news = base .. ':room:' .. room, base .. ':users:' .. room, base .. ':news:' .. room
            local known = redis.call('HMGET', info, 'n', 'a')
            local total, told = tonumber(known[1] or '0'), tonumber(known[2] or '0')
            local count, joined, left, bytes = redis.call('HLEN', all), {}, {}, 0
            if count <= limit then
              local noted = redis.call('HGETALL', news)
              for i = 1, #noted, 2 do
                local part = noted[i + 1] == '+' and joined or left
                part[#part + 1] = noted[i]
                bytes = bytes + #noted[i]
              end
              if bytes > maxBytes then joined, left = {}, {} end
            end
            redis.call('DEL', news)
            if total ~= told or #joined > 0 or #left > 0 then
              table.sort(joined)
              table.sort(left)
              local parts = {string.format('s %d %d %d ', total, #joined, #left)}
              for _, names in ipairs({joined, left}) do
                for _, name in ipairs(names) do parts[#parts + 1] = #name .. ' ' .. name end
              end
              redis.call('PUBLISH', channels .. room, table.concat(parts))
            end
            if total <= 0 and count == 0 then
              redis.call('DEL', info, all)
            else
              redis.call('HSET', info, 'a', total, 't', number(now))
            end
          end
          local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')
          return first[2] and number(math.max(0, tonumber(first[2]) - now)) or '-'
        end

        """

    private static let updateText =
        common + """
            local node, lease, isNew = ARGV[8], tonumber(ARGV[9]), ARGV[10]
            local mine = base .. ':node:' .. node
            local score = redis.call('ZSCORE', nodes, node)
            if isNew == '0' and (not score or tonumber(score) == 0) then return 'lost' end
            redis.call('ZADD', nodes, number(now + lease), node)
            redis.call('PEXPIRE', nodes, age)
            local i = 11
            while i <= #ARGV do
              local room, count = ARGV[i], tonumber(ARGV[i + 2])
              for k = i + 3, i + 2 + 2 * count, 2 do users(room, mine, ARGV[k], tonumber(ARGV[k + 1])) end
              streams(room, mine, tonumber(ARGV[i + 1]))
              i = i + 3 + 2 * count
            end
            redis.call('PEXPIRE', mine, age)
            local next = tell()
            local expired = redis.call('ZRANGEBYSCORE', nodes, '-inf', number(now), 'LIMIT', 0, 1)[1]
            return 'ok ' .. next .. ' ' .. (expired or '')
            """

    private static let sweepText =
        common + """
            local node, count = ARGV[8], tonumber(ARGV[9])
            local mine = base .. ':node:' .. node
            local score = redis.call('ZSCORE', nodes, node)
            if not score or tonumber(score) > now then return 'none' end
            redis.call('ZADD', nodes, 0, node)
            local rest = count
            while rest > 0 do
              local room = redis.call('HRANDFIELD', mine)
              if not room then break end
              local there = mine .. '/' .. room
              local names = redis.call('HRANDFIELD', there, rest)
              for _, user in ipairs(names) do users(room, mine, user, 0) end
              rest = rest - #names - 1
              if redis.call('EXISTS', there) == 0 then streams(room, mine, 0) end
            end
            tell()
            if redis.call('EXISTS', mine) == 1 then return 'more' end
            redis.call('ZREM', nodes, node)
            return 'none'
            """

    private static let retireText = """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local score = redis.call('ZSCORE', ARGV[1] .. ':nodes', ARGV[2])
        if score and tonumber(score) > 0 then
          redis.call('ZADD', ARGV[1] .. ':nodes', string.format('%.0f', now + tonumber(ARGV[3])), ARGV[2])
        end
        return ''
        """

    private static let presenceText = """
        local base, room, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
        local all = base .. ':users:' .. room
        local parts = {(redis.call('HGET', base .. ':room:' .. room, 'n') or '0') .. ' '}
        if redis.call('HLEN', all) <= limit then
          local found = redis.call('HGETALL', all)
          for i = 1, #found, 2 do parts[#parts + 1] = found[i + 1] .. ' ' .. #found[i] .. ' ' .. found[i] end
        end
        return table.concat(parts)
        """

    /// After which time of silence everything is forgotten, in milliseconds: nodes say all they hold once an hour.
    private static let age = 3 * 3_600_000
    /// Users, and rooms, of one sweep.
    private static let sweepCount = 1_000

    private static func call(_ text: String, limit: Int, names: Names) -> Command {
        var command = Command("EVAL", text, "1", names.state, names.presence, names.channels)
        for number in [limit, age, PresencePacing.shortest, PresencePacing.longest, PresencePacing.maximumBytes] {
            command.append(number)
        }
        return command
    }

    static func update(_ update: PresenceUpdate, names: Names) -> Command {
        var command = call(updateText, limit: update.limit, names: names)
        command.append(update.node)
        command.append(max(update.lease.milliseconds, 0))
        command.append(update.isNew ? 1 : 0)
        for holding in update.holdings {
            command.append(holding.room.name)
            command.append(holding.streams)
            command.append(holding.users.count)
            for user in holding.users {
                command.append(user.name)
                command.append(user.streams)
            }
        }
        return command
    }

    static func sweep(_ node: String, limit: Int, names: Names, count: Int = sweepCount) -> Command {
        var command = call(sweepText, limit: limit, names: names)
        command.append(node)
        command.append(count)
        return command
    }

    static func retire(_ node: String, after time: Duration, names: Names) -> Command {
        var command = Command("EVAL", retireText, "1", names.state, names.presence, node)
        command.append(max(time.milliseconds, 0))
        return command
    }

    static func presence(in room: Room, limit: Int, names: Names) -> Command {
        var command = Command("EVAL", presenceText, "1", names.state, names.presence, room.name)
        command.append(limit)
        return command
    }
}

extension PresenceScripts {
    /// What an update was answered; nil where the answer is none of that script.
    static func readAnswer(_ answer: ByteBuffer) -> PresenceAnswer? {
        let words = String(buffer: answer).split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        if words == ["lost"] { return PresenceAnswer(isKnown: false) }
        guard words.count == 3, words[0] == "ok" else { return nil }
        var next: Duration?
        if words[1] != "-" {
            guard let number = Int64(words[1]), number >= 0 else { return nil }
            next = .milliseconds(number)
        }
        return PresenceAnswer(isKnown: true, next: next, expired: words[2].isEmpty ? nil : String(words[2]))
    }

    /// Who is in a room, by name; nil where the answer is none of that script.
    static func readPresence(_ answer: ByteBuffer) -> Presence? {
        var rest = answer
        guard let streams = rest.readNumber() else { return nil }
        var users: [Presence.User] = []
        while rest.readableBytes > 0 {
            guard let count = rest.readNumber(), let name = rest.readName() else { return nil }
            users.append(.init(name: name, streams: count))
        }
        return Presence(streams: streams, users: users.sorted { $0.name < $1.name })
    }
}
