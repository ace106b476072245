import Foundation
import IntegrationSupport

/// Takes everything out of a Redis, and puts it into another one, in one step each.
enum RedisContents {
    /// Lua: words that are not printable ASCII travel in hexadecimal digits.
    private static let coding = """
        local function coded(word)
          if not string.find(word, '[^\\32-\\126]') then return word end
          return 'hex:' .. string.gsub(word, '.', function(c) return string.format('%02x', string.byte(c)) end)
        end
        local function plain(word)
          if string.sub(word, 1, 4) ~= 'hex:' then return word end
          return (string.gsub(string.sub(word, 5), '..', function(d) return string.char(tonumber(d, 16)) end))
        end

        """

    private static let take =
        coding + """
            local keys, names = {}, redis.call('KEYS', '*')
            table.sort(names)
            for _, name in ipairs(names) do
              local kind, words = redis.call('TYPE', name)['ok'], {}
              if kind == 'string' then words = {redis.call('GET', name)}
              elseif kind == 'hash' then words = redis.call('HGETALL', name)
              elseif kind == 'zset' then words = redis.call('ZRANGE', name, 0, -1, 'WITHSCORES')
              elseif kind == 'stream' then
                for _, entry in ipairs(redis.call('XRANGE', name, '-', '+')) do
                  words[#words + 1], words[#words + 2] = entry[1], tostring(#entry[2])
                  for _, word in ipairs(entry[2]) do words[#words + 1] = word end
                end
              else return redis.error_reply('a ' .. kind .. ' is new: ' .. name) end
              for i, word in ipairs(words) do words[i] = coded(word) end
              keys[#keys + 1] = {name = name, type = kind, rest = redis.call('PTTL', name), words = words}
            end
            return cjson.encode(keys)
            """

    private static let put =
        coding + """
            for _, key in ipairs(cjson.decode(ARGV[1])) do
              local words = key.words
              for i, word in ipairs(words) do words[i] = plain(word) end
              if key.type == 'string' then redis.call('SET', key.name, words[1])
              elseif key.type == 'hash' then redis.call('HSET', key.name, unpack(words))
              elseif key.type == 'zset' then
                for i = 1, #words, 2 do redis.call('ZADD', key.name, words[i + 1], words[i]) end
              else
                local i = 1
                while i < #words do
                  local count = tonumber(words[i + 1])
                  redis.call('XADD', key.name, words[i], unpack(words, i + 2, i + 1 + count))
                  i = i + 2 + count
                end
              end
              if key.rest > 0 then redis.call('PEXPIRE', key.name, math.max(key.rest, 60000)) end
            end
            return 'OK'
            """

    /// All keys of a Redis, by name.
    static func take(from redis: RedisServer) async throws -> [Recording.Key] {
        let text = try await redis.command("EVAL", take, "0")
        return try JSONDecoder().decode([Recording.Key].self, from: Data(text.utf8))
    }

    /// Puts keys into an empty Redis; what ends does so in a minute at the earliest.
    static func put(_ keys: [Recording.Key], into redis: RedisServer) async throws {
        let text = String(decoding: try JSONEncoder().encode(keys), as: UTF8.self)
        let answer = try await redis.command("EVAL", put, "0", text)
        guard answer == "OK" else { throw Unexpected(answer) }
    }
}
