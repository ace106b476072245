import ChatGateway
import NIOCore

/// Reads what a node lacks of many rooms, and publishes a mark to the node's channel in the same step.
///
/// Whatever is published before the mark is in the reply, whatever comes behind it is not. A room that did not fit into
/// the reply says so and is asked for again.
enum ReadScript {
    static let text =
        ScriptText.positions + """
            local state, base, budget = KEYS[1], ARGV[1], tonumber(ARGV[6])
            local fields = {'epoch', 'run', 'top', 'seams', 'forgot'}
            for i = 7, #ARGV, 2 do fields[#fields + 1] = '@' .. ARGV[i] end
            local known = redis.call('HMGET', state, unpack(fields))
            if known[1] ~= ARGV[2] or known[2] ~= ARGV[3] then
              return redis.error_reply('FENCED another epoch or process')
            end
            local reply = {known[1], known[3], known[4]}
            for i = 7, #ARGV, 2 do
              local value, after = known[(i - 7) / 2 + 6], ARGV[i + 1]
              local last = value and string.match(value, '^%S+')
              local room = {last or known[5] or '0-0', 0}
              if last and after ~= '' and beyond(last, after) then
                local from, count, isAtEnd = '(' .. after, 16, false
                while budget > 0 and not isAtEnd do
                  local entries = redis.call('XRANGE', base .. ':log:' .. ARGV[i], from, '+', 'COUNT', count)
                  isAtEnd = #entries < count
                  for n, entry in ipairs(entries) do
                    if budget <= 0 then
                      isAtEnd = false
                      break
                    end
                    room[#room + 1], room[#room + 2], room[#room + 3] = entry[1], entry[2][2], entry[2][6]
                    room[#room + 1] = entry[2][8] or ''
                    budget = budget - #entry[2][6] - 64
                    from = '(' .. entry[1]
                  end
                end
                if not isAtEnd then room[2] = 1 end
              end
              reply[#reply + 1] = room
            end
            redis.call('PUBLISH', ARGV[4], 'r ' .. ARGV[5] .. ' ' .. known[1] .. ' ' .. known[3])
            return reply
            """

    /// Bytes of entries in one reply, about: the last entry may be beyond.
    static let budget = 256 * 1024

    /// Rooms in one call at most.
    static let rooms = 500

    /// What is asked of one room.
    struct Wish: Hashable, Sendable {
        /// The room.
        var room: Room
        /// The entries behind this position; with nil none, just the position of the last.
        var after: Position?
    }

    /// What was read of one room.
    struct Part: Hashable, Sendable {
        /// The position of the room's last message.
        var last: Position
        /// Whether there is more than fitted.
        var hasMore: Bool
        /// The entries, oldest first.
        var entries: [Entry]
    }

    /// The command for a mark and some rooms.
    static func command(
        hash: String?,
        names: Names,
        fence: Fence,
        channel: String,
        mark: UInt64,
        wishes: [Wish]
    ) -> Command {
        var command = Script.read.call(hash: hash, state: names.state)
        command.append(names.base)
        command.append(fence.epoch.name)
        command.append(fence.run)
        command.append(channel)
        command.append(mark)
        command.append(budget)
        for wish in wishes {
            command.append(wish.room.name)
            command.append(wish.after?.description ?? "")
        }
        return command
    }

    /// The timeline and the parts in the order of the wishes; nil where the reply is none of this script.
    static func answer(_ reply: Reply) -> (standing: Standing, parts: [Part])? {
        var reader = reply.reader
        guard let count = reader.array(), count >= 3, count <= reply.values.count,
            let standing = reader.standing()
        else { return nil }
        var parts: [Part] = []
        parts.reserveCapacity(count - 3)
        for _ in 3..<count {
            guard let length = reader.array(), length >= 2, let last = reader.position(),
                let hasMore = reader.integer(), let entries = reader.entries((length - 2) / 4)
            else { return nil }
            parts.append(Part(last: last, hasMore: hasMore != 0, entries: entries))
        }
        return (standing, parts)
    }
}

extension ReplyReader {
    /// So many entries, each as id, previous position, body and origin.
    mutating func entries(_ count: Int) -> [Entry]? {
        var entries: [Entry] = []
        entries.reserveCapacity(min(count, 1024))
        for _ in 0..<count {
            guard let position = position(), let text = slice(),
                let previous = Previous(text.readableBytesUInt8Span), let body = slice(), let origin = string()
            else { return nil }
            entries.append(
                Entry(
                    position: position,
                    previous: previous.position,
                    previousIsBound: previous.isBound,
                    body: body,
                    origin: Origin(origin)
                )
            )
        }
        return entries
    }
}

/// The position of the message before, as the scripts write it: with `~` in front where it is just an upper bound.
struct Previous: Hashable, Sendable {
    /// The position.
    var position: Position
    /// Whether it is just a bound.
    var isBound: Bool

    /// Reads it; nil for anything else.
    init?(_ text: Span<UInt8>) {
        isBound = !text.isEmpty && text[0] == UInt8(ascii: "~")
        guard let position = Position(isBound ? text.extracting(1...) : text) else { return nil }
        self.position = position
    }
}
