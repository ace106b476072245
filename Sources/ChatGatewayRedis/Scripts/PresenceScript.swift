/// Keeps account of who is in which room, over all nodes, and publishes what has changed.
///
/// The account is a fixed number of keys, and one for each node that holds something; all of them go away a minute after
/// the last node has said anything. What is empty is not in them: an idle gateway has none.
///
/// - `…:nodes`: nodes by the number of their last update, see `PresenceAnswer.Node.renewal`.
/// - `…:of:NODE`: its streams, by `ROOM` and by `ROOM/USER`. From what it says now and what it said before follows what has
///   changed, so that a call can be repeated. No room's name has a slash.
/// - `…:rooms`: by room all streams, those last told of and when, users, and whether names are to be told; 2 for those of
///   users who were there before what was known was lost.
/// - `…:users`, `…:came`, `…:gone`: `ROOM/USER` of all users, and of those who have come or gone since, in the order of
///   their bytes, in which each room is one stretch. `…:streams`: the number of all streams of `ROOM/USER`.
/// - `…:due`: rooms by the moment of Redis's clock at which their listeners are to be told.
enum PresenceScript {
    static let text = """
        local base, channels, verb, limit, age = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
        local shortest, longest, maxBytes = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
        local nodes, rooms, users, streams = base .. ':nodes', base .. ':rooms', base .. ':users', base .. ':streams'
        local came, gone, due = base .. ':came', base .. ':gone', base .. ':due'
        -- What may have been made just now goes away by itself from the start; the rest is looked after by every fourth call.
        local made = {[nodes] = true}
        local restoring = 4000
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local function held(node) return base .. ':of:' .. node end
        local function low(room) return '[' .. room .. '/' end
        local function high(room) return '(' .. room .. '0' end
        local function load(room)
          local n, a, t, u, k = string.match(redis.call('HGET', rooms, room) or '', '^(%d+) (%d+) (%d+) (%d+) (%d+)$')
          return {n = tonumber(n or 0), a = tonumber(a or 0), t = tonumber(t or 0), u = tonumber(u or 0),
            k = (k or '0') ~= '0', isBack = k == '2'}
        end
        local function save(room, info)
          local n, u = math.max(info.n, 0), math.max(info.u, 0)
          local k = info.k and (info.isBack and 2 or 1) or 0
          local text = string.format('%.0f %.0f %.0f %.0f %d', n, info.a, info.t, u, k)
          redis.call('HSET', rooms, room, text)
          made[rooms] = true
        end
        local function keep(known)
          if known then
            for _, key in ipairs({rooms, users, streams, came, gone, due}) do made[key] = true end
            for i = 1, #known, 2 do made[held(known[i])] = true end
          end
          for key in pairs(made) do redis.call('PEXPIRE', key, age) end
        end
        local function put(key, field, want)
          if want == 0 then redis.call('HDEL', key, field) else redis.call('HSET', key, field, want) end
          made[key] = true
        end
        local function note(info, field, undo, list)
          local isNews = redis.call('ZREM', undo, field) == 0
          -- Who is back after a loss has not come: listeners knew him before, and are to hear when he goes.
          if list == gone and info.isBack then isNews = true end
          if isNews and info.u <= limit then redis.call('ZADD', list, 0, field) end
          info.k, made[list] = true, true
        end
        local function seat(info, key, field, was, want)
          if was == want then return false end
          put(key, field, want)
          made[users], made[streams] = true, true
          local total = redis.call('HINCRBY', streams, field, want - was)
          if total <= 0 then
            redis.call('HDEL', streams, field)
            redis.call('ZREM', users, field)
            note(info, field, came, gone)
            info.u = info.u - 1
          elseif total == want - was then
            redis.call('ZADD', users, 0, field)
            info.u = info.u + 1
            note(info, field, gone, came)
          end
          return true
        end
        local function hold(node, old, room, count, names, counts)
          local info, isChanged, keys = load(room), false, {held(node)}
          if old ~= '' then keys[2], info.isBack = held(old), true end
          local fields = {}
          for i, name in ipairs(names) do fields[i] = room .. '/' .. name end
          for place, key in ipairs(keys) do
            if #fields > 0 then
              local before = redis.call('HMGET', key, unpack(fields))
              for i, field in ipairs(fields) do
                local want = place == 1 and counts[i] or 0
                if seat(info, key, field, tonumber(before[i] or '0'), want) then
                  isChanged = true
                elseif old ~= '' and want == 0 and redis.call('HEXISTS', streams, field) == 0 then
                  -- Who went while what was known was lost.
                  note(info, field, came, gone)
                  isChanged = true
                end
              end
            end
            local was = tonumber(redis.call('HGET', key, room) or '0')
            local want = place == 1 and (count or was) or 0
            if was ~= want then
              put(key, room, want)
              info.n, isChanged = info.n + want - was, true
            end
          end
          if not isChanged then return end
          if info.t == 0 then info.t = now - shortest end
          save(room, info)
          -- Where the clock was set back, the last telling is in the future.
          local last = info.t <= now and info.t or 0
          local pause = math.max(shortest, math.min(info.n, longest))
          -- What was lost comes back piece by piece, from all nodes.
          if old ~= '' then last, pause = now, math.max(pause, restoring) end
          -- A room that fills is told later and later: of a crowd that comes at once, once, when it is there.
          redis.call('ZADD', due, 'GT', string.format('%.0f', math.max(now, last + pause)), room)
          made[due] = true
        end
        local function names(key, room)
          local found, bytes = redis.call('ZRANGEBYLEX', key, low(room), high(room)), 0
          for i, field in ipairs(found) do
            found[i] = string.sub(field, #room + 2)
            bytes = bytes + #found[i]
          end
          return found, bytes
        end
        local function tell(looksAhead)
          for _, room in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', string.format('%.0f', now), 'LIMIT', 0, 100)) do
            redis.call('ZREM', due, room)
            local info, joined, left = load(room), {}, {}
            if info.k then
              local more, less = 0, 0
              if info.u <= limit then
                joined, more = names(came, room)
                left, less = names(gone, room)
                if more + less > maxBytes then joined, left = {}, {} end
              end
              redis.call('ZREMRANGEBYLEX', came, low(room), high(room))
              redis.call('ZREMRANGEBYLEX', gone, low(room), high(room))
            end
            if info.n > 0 and (info.n ~= info.a or #joined > 0 or #left > 0) then
              local parts = {string.format('s %d %d %d ', info.n, #joined, #left)}
              for _, list in ipairs({joined, left}) do
                for _, name in ipairs(list) do parts[#parts + 1] = #name .. ' ' .. name end
              end
              redis.call('PUBLISH', channels .. room, table.concat(parts))
            end
            info.a, info.t, info.k, info.isBack = info.n, now, false, false
            if info.n <= 0 and info.u <= 0 then redis.call('HDEL', rooms, room) else save(room, info) end
          end
          if looksAhead then
            -- Where the clock was set back, nothing would be due for long.
            local latest = string.format('%.0f', now + longest + shortest)
            for _, room in ipairs(redis.call('ZRANGEBYSCORE', due, latest, '+inf', 'LIMIT', 0, 100)) do
              redis.call('ZADD', due, string.format('%.0f', now), room)
            end
          end
          local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')
          return first[2] and string.format('%.0f', math.max(0, tonumber(first[2]) - now)) or '-1'
        end

        if verb == 'update' then
          local node, serial, isNew, isLast, old = ARGV[9], tonumber(ARGV[10]), ARGV[11] == '1', ARGV[12] == '1', ARGV[14]
          local epoch = redis.call('HGET', KEYS[1], 'epoch')
          if not epoch then return 'wait' end
          local renewal = tonumber(redis.call('ZSCORE', nodes, node) or '0')
          if not isNew and (renewal <= 0 or ARGV[13] ~= epoch) then return 'lost' end
          if renewal >= serial then return 'late' end
          -- The first write: only there Redis refuses for lack of memory.
          if not isLast or not isNew then redis.call('ZADD', nodes, ARGV[10], node) end
          local i = 15
          while i <= #ARGV do
            local room, count, length, list, counts = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), {}, {}
            for k = 1, length do list[k], counts[k] = ARGV[i + 1 + 2 * k], tonumber(ARGV[i + 2 + 2 * k]) end
            hold(node, old, room, count, list, counts)
            i = i + 3 + 2 * length
          end
          if isLast and redis.call('EXISTS', held(node)) == 0 then redis.call('ZREM', nodes, node) end
          local isFourth = serial % 4 == 0
          local next = tell(isFourth)
          local known = redis.call('ZRANGE', nodes, 0, -1, 'WITHSCORES')
          keep(isFourth and known)
          local parts = {'ok ' .. epoch .. ' ' .. next .. ' '}
          for k = 1, #known, 2 do parts[#parts + 1] = known[k + 1] .. ' ' .. #known[k] .. ' ' .. known[k] end
          return table.concat(parts)
        elseif verb == 'sweep' then
          local node, seen = ARGV[9], tonumber(ARGV[10])
          local renewal = redis.call('ZSCORE', nodes, node)
          if not renewal or tonumber(renewal) ~= seen then return 'none' end
          redis.call('ZADD', nodes, 0, node)
          local list, counts, places = {}, {}, {}
          for _, field in ipairs(redis.call('HRANDFIELD', held(node), ARGV[11])) do
            local slash = string.find(field, '/', 1, true)
            local room = slash and string.sub(field, 1, slash - 1) or field
            if not places[room] then
              places[room] = {names = {}, counts = {}}
              list[#list + 1] = room
            end
            local place = places[room]
            if slash then
              place.names[#place.names + 1] = string.sub(field, slash + 1)
              place.counts[#place.counts + 1] = 0
            else
              place.count = 0
            end
          end
          for _, room in ipairs(list) do
            local place = places[room]
            hold(node, '', room, place.count, place.names, place.counts)
          end
          tell()
          local isMore = redis.call('EXISTS', held(node)) == 1
          if not isMore then redis.call('ZREM', nodes, node) end
          keep()
          return isMore and 'more' or 'none'
        elseif verb == 'retire' then
          redis.call('ZADD', nodes, 'XX', string.format('%.0f', -1 - tonumber(ARGV[10])), ARGV[9])
          return ''
        end
        local room = ARGV[9]
        local info, total = load(room), 0
        for i = 10, #ARGV do total = total + tonumber(redis.call('HGET', held(ARGV[i]), room) or '0') end
        local parts = {string.format('%d %d ', math.max(0, info.n - total), info.u <= limit and 1 or 0)}
        if info.u > 0 and info.u <= limit then
          local found = redis.call('ZRANGEBYLEX', users, low(room), high(room))
          local counts = #found > 0 and redis.call('HMGET', streams, unpack(found)) or {}
          for i = 10, #ARGV do
            local mine = #found > 0 and redis.call('HMGET', held(ARGV[i]), unpack(found)) or {}
            for k = 1, #found do counts[k] = tonumber(counts[k] or '0') - tonumber(mine[k] or '0') end
          end
          for k, field in ipairs(found) do
            local count = tonumber(counts[k] or '0')
            local name = string.sub(field, #room + 2)
            if count > 0 then parts[#parts + 1] = string.format('%d %d ', count, #name) .. name end
          end
        end
        return table.concat(parts)
        """
}
