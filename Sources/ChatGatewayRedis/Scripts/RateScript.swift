import ChatGateway

/// Takes a token out of each of several buckets, or where one is empty out of none.
///
/// A bucket is one number, the moment at which it is full again in microseconds of Redis's clock, and goes away by itself
/// then: see `TokenBucket`, which does the same in memory. The answer is empty, or the index of the empty bucket and the
/// microseconds until it has a token.
enum RateScript {
    static let text = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local writes = {}
        for i = 2, #ARGV, 3 do
          local key, interval, depth = ARGV[1] .. ':rate:' .. ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
          local full = tonumber(redis.call('GET', key) or '0') or 0
          local next = math.max(full, now) + interval
          if next > now + depth then
            return string.format('%d %.0f', (i - 2) / 3, next - now - depth)
          end
          writes[#writes + 1] = {key, next}
        end
        for _, write in ipairs(writes) do
          redis.call('SET', write[1], string.format('%.0f', write[2]), 'PX', math.ceil((write[2] - now) / 1000))
        end
        return ''
        """

    static func command(hash: String, names: Names, buckets: [RateBucket]) -> Command {
        var command = Command("EVALSHA", hash, "1", names.state, names.base)
        for bucket in buckets {
            let shape = bucket.shape
            command.append(bucket.name)
            command.append(shape.interval)
            command.append(shape.depth)
        }
        return command
    }

    /// What an answer says; nil where it is none of this script.
    static func refusal(_ answer: String) -> RateRefusal?? {
        guard !answer.isEmpty else { return .some(nil) }
        let words = answer.split(separator: " ")
        guard words.count == 2, let index = Int(words[0]), let wait = Int64(words[1]) else { return nil }
        return RateRefusal(index: index, wait: .microseconds(wait))
    }
}
