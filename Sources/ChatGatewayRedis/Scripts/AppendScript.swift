import ChatGateway
import NIOCore

/// Stores messages, each with a position of its own, and publishes them.
///
/// Redis does not roll a failing script back. So everything that can refuse the call comes first: the epoch and the
/// process that the node knows, the records of repetition keys. The first write is the HSET: there, and only there,
/// Redis refuses for lack of memory, and then nothing of the call is stored.
///
/// Where a message comes from stands behind everything else in its entry, and is published on its own before it: nodes of
/// versions that know nothing of it read entries by their places and ignore what they cannot read.
///
/// A log is bounded by count (`MAXLEN ~`), by age (`MINID ~`, and the key expires) and by bytes. For the bytes every
/// entry carries the sum of its log up to itself; `@room` keeps that sum and the sum in front of the oldest entry as of
/// the last look. Where the difference is beyond the limit the oldest entries are looked at again, and those that
/// exceed it go: about one per message at the limit, whatever the log's length.
enum AppendScript {
    static let text =
        ScriptText.positions + """
            local state, base = KEYS[1], ARGV[1]
            local maxCount, age, maxBytes, recordAge = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
            local rooms, fields = {}, {'epoch', 'run', 'top', 'forgot'}
            for i = 8, #ARGV, 4 do
              local name = ARGV[i]
              if not rooms[name] then
                fields[#fields + 1] = '@' .. name
                rooms[name] = #fields
              end
            end
            local known = redis.call('HMGET', state, unpack(fields))
            if known[1] ~= ARGV[2] or known[2] ~= ARGV[3] then
              return redis.error_reply('FENCED another epoch or process')
            end
            local now, ms, seq = clock(), parse(known[3])
            local results, fresh, firsts = {}, {}, {}
            for i = 8, #ARGV, 4 do
              local n, room, key = (i - 4) / 4, ARGV[i], ARGV[i + 1]
              local record = key ~= '' and base .. ':once:' .. room .. '/' .. key
              local first = record and redis.call('GET', record)
              if first then
                local entry = redis.call('XRANGE', base .. ':log:' .. room, first, first)[1]
                results[n] = {first, entry and entry[2][6] or false}
              elseif record and firsts[record] then
                results[n] = firsts[record]
              else
                if now > ms then ms, seq = now, 0 else seq = seq + 1 end
                local position = number(ms) .. '-' .. number(seq)
                local at = rooms[room]
                if type(at) == 'number' then
                  local value = known[at]
                  at = {log = base .. ':log:' .. room, isNew = not value}
                  if value then
                    local last, sum, floor = string.match(value, '^(%S+) (%d+) (%d+)$')
                    at.last, at.sum, at.floor = last, tonumber(sum), tonumber(floor)
                  else
                    at.last, at.sum, at.floor = '~' .. (known[4] or '0-0'), 0, 0
                  end
                  rooms[room] = at
                end
                at.sum = at.sum + #ARGV[i + 2]
                fresh[#fresh + 1] = {at, position, at.last, number(at.sum), ARGV[i + 2], room, record or false, ARGV[i + 3]}
                at.last = position
                if record then firsts[record] = {position, ARGV[i + 2]} end
                results[n] = position
              end
            end
            if #fresh == 0 then return results end

            local function value(at) return at.last .. ' ' .. number(at.sum) .. ' ' .. number(at.floor) end
            local writes = {'top', number(ms) .. '-' .. number(seq)}
            for room, at in pairs(rooms) do
              if type(at) == 'table' then
                writes[#writes + 1] = '@' .. room
                writes[#writes + 1] = value(at)
              end
            end
            redis.call('HSET', state, unpack(writes))
            for _, message in ipairs(fresh) do
              local at, position, previous, sum, body, room, record, origin = unpack(message)
              if at.isNew then
                redis.call('UNLINK', at.log)
                at.isNew = false
              end
              if origin == '' then
                redis.call('XADD', at.log, 'MAXLEN', '~', maxCount, position, 'p', previous, 'c', sum, 'b', body)
              else
                redis.call('XADD', at.log, 'MAXLEN', '~', maxCount, position, 'p', previous, 'c', sum, 'b', body,
                  'o', origin)
                redis.call('PUBLISH', base .. ':room:' .. room, 'o ' .. position .. ' ' .. origin)
              end
              if record then redis.call('SET', record, position, 'PX', recordAge) end
              redis.call('PUBLISH', base .. ':room:' .. room,
                'm ' .. ARGV[2] .. ' ' .. position .. ' ' .. previous .. ' ' .. body)
            end
            for room, at in pairs(rooms) do
              if type(at) == 'table' then
                redis.call('XTRIM', at.log, 'MINID', '~', number(math.max(now - age, 0)) .. '-0')
                redis.call('PEXPIRE', at.log, number(age))
                if at.sum - at.floor > maxBytes then
                  local from, count, oldest = '-', 2, nil
                  repeat
                    local entries = redis.call('XRANGE', at.log, from, '+', 'COUNT', count)
                    for _, entry in ipairs(entries) do
                      oldest, at.floor = entry[1], tonumber(entry[2][4]) - #entry[2][6]
                      if at.sum - at.floor <= maxBytes then break end
                      from = '(' .. oldest
                    end
                    count = math.min(count * 2, 64)
                  until at.sum - at.floor <= maxBytes or oldest == at.last or #entries == 0
                  redis.call('XTRIM', at.log, 'MINID', oldest or '0-0')
                  redis.call('HSET', state, '@' .. room, value(at))
                end
              end
            end
            return results
            """

    /// What became of one message.
    enum Outcome: Hashable, Sendable {
        /// It stands in the log at this position.
        case stored(Position)
        /// One with its repetition key had been stored there before; the body is nil where it is no longer retained.
        case repeated(Position, ByteBuffer?)
    }

    /// For how long repetition keys are kept, in milliseconds: 5 minutes.
    static let recordAge = 300_000

    /// Begins the command; messages follow with ``add(_:to:of:)``.
    static func command(hash: String?, names: Names, fence: Fence, history: HistoryLimits) -> Command {
        var command = Script.append.call(hash: hash, state: names.state)
        command.append(names.base)
        command.append(fence.epoch.name)
        command.append(fence.run)
        command.append(history.count)
        command.append(history.age.milliseconds)
        command.append(history.bytes)
        command.append(recordAge)
        return command
    }

    /// Adds a message to the command.
    static func add(_ message: Message, to room: Room, of command: inout Command) {
        command.append(room.name)
        command.append(message.repetitionKey ?? "")
        command.append(message.body)
        command.append(message.origin?.description ?? "")
    }

    /// What became of the messages, in their order; nil where the reply is none of this script.
    static func outcomes(_ reply: Reply) -> [Outcome]? {
        var reader = reply.reader
        guard let count = reader.array(), count <= reply.values.count else { return nil }
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(count)
        for _ in 0..<count {
            if reader.isAtArray {
                guard reader.array() == 2, let position = reader.position(), let body = reader.sliceOrNull()
                else { return nil }
                outcomes.append(.repeated(position, body))
            } else {
                guard let position = reader.position() else { return nil }
                outcomes.append(.stored(position))
            }
        }
        return outcomes
    }
}

/// What a node knows of Redis, and what must still be so for an append to be carried out.
struct Fence: Hashable, Sendable {
    /// The present epoch.
    var epoch: Epoch
    /// The run id of the process at the other end of the links.
    var run: String
}
