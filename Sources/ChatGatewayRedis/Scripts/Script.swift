/// A program that Redis runs in one step.
enum Script: CaseIterable, Hashable, Sendable {
    /// Stores and publishes messages.
    case append
    /// Takes the node's time: keeps epoch and seams right, gives itself a position, forgets silent rooms.
    case probe
    /// Reads what rooms lack, and publishes a mark in the same step.
    case read
    /// Reads a part of one room's log.
    case page

    /// The program.
    var text: String {
        switch self {
        case .append: AppendScript.text
        case .probe: ProbeScript.text
        case .read: ReadScript.text
        case .page: PageScript.text
        }
    }

    /// The command that loads the program; the reply is its hash.
    var load: Command { Command("SCRIPT", "LOAD", text) }

    /// Begins a call: by hash if there is one, else with the whole program, which loads it as well.
    func call(hash: String?, state: String) -> Command {
        hash.map { Command("EVALSHA", $0, "1", state) } ?? Command("EVAL", text, "1", state)
    }
}

/// What the scripts have in common.
enum ScriptText {
    /// Lua's numbers are doubles, which `tostring` would write as 1e+14.
    static let positions = """
        local function number(n) return string.format('%.0f', n) end
        local function parse(position)
          local ms, seq = string.match(position or '0-0', '^(%d+)-(%d+)$')
          return tonumber(ms), tonumber(seq)
        end
        local function beyond(a, b)
          local ams, aseq = parse(a)
          local bms, bseq = parse(b)
          return ams > bms or (ams == bms and aseq > bseq)
        end
        local function clock()
          local time = redis.call('TIME')
          return time[1] * 1000 + math.floor(time[2] / 1000)
        end

        """
}
