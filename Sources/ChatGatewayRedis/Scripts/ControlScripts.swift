import ChatGateway
import NIOCore

/// Remembers a bar, and publishes a command, in one step; and tells who is barred.
///
/// Bars are one sorted set, `…:bars`: users by the moment, in milliseconds of Redis's clock, at which they may come back.
/// It goes away with the last of them.
enum ControlScripts {
    static let order = """
        local bars, user, time, limit = ARGV[1] .. ':bars', ARGV[4], ARGV[5], tonumber(ARGV[6])
        if time == '0' then
          redis.call('ZREM', bars, user)
        elseif time ~= '-' then
          local clock = redis.call('TIME')
          local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
          redis.call('ZREMRANGEBYSCORE', bars, '-inf', string.format('%.0f', now))
          if not redis.call('ZSCORE', bars, user) and redis.call('ZCARD', bars) >= limit then return 'full' end
          redis.call('ZADD', bars, string.format('%.0f', now + tonumber(time)), user)
          local last = redis.call('ZRANGE', bars, -1, -1, 'WITHSCORES')
          redis.call('PEXPIREAT', bars, string.format('%.0f', tonumber(last[2])))
        end
        return tostring(redis.call('PUBLISH', ARGV[2], ARGV[3]))
        """

    static let bars = """
        local clock = redis.call('TIME')
        local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
        local found = redis.call('ZRANGEBYSCORE', ARGV[1] .. ':bars', string.format('(%.0f', now), '+inf', 'WITHSCORES',
          'LIMIT', 0, tonumber(ARGV[2]))
        local parts = {}
        for i = 1, #found, 2 do
          parts[#parts + 1] = string.format('%.0f %d ', tonumber(found[i + 1]) - now, #found[i]) .. found[i]
        end
        return table.concat(parts)
        """

    /// The call that carries a command to all nodes.
    static func command(_ order: ControlCommand, names: Names) -> Command {
        var command = Command("EVAL", Self.order, "1", names.state, names.base, names.control)
        command.append(ControlMessage.write(order))
        // A bar of a stream is its user's, whom only its node knows.
        if case .user(let user) = order.target, let bar = order.bar {
            command.append(user)
            command.append(max(bar.milliseconds, 0))
        } else {
            command.append("")
            command.append("-")
        }
        command.append(Bar.limit)
        return command
    }

    /// The call that tells who is barred.
    static func bars(names: Names) -> Command {
        var command = Command("EVAL", bars, "1", names.state, names.base)
        command.append(Bar.limit)
        return command
    }

    /// Who is barred, as the script has written it; nil where it has not.
    static func read(_ answer: ByteBuffer) -> [Bar]? {
        var rest = answer
        var bars: [Bar] = []
        while rest.readableBytes > 0 {
            guard let time = rest.readNumber(), let length = rest.readNumber(),
                let user = rest.readString(length: length)
            else { return nil }
            bars.append(Bar(user: user, rest: .milliseconds(time)))
        }
        return bars
    }
}
