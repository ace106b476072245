import ChatGateway

/// Publishes what is stored nowhere.
enum SignalScripts {
    /// A script for the sake of its answer, which is a text like that of everything else that is asked so.
    static let publish = "return tostring(redis.call('PUBLISH', ARGV[1], ARGV[2]))"

    /// The call that tells all nodes of a signal; nil for one that only the scripts of presence send.
    static func publish(_ signal: Signal, to room: Room, names: Names) -> Command? {
        var command = Command("EVAL", publish, "1", names.state, names.channel(of: room))
        switch signal {
        case .typing(let user): command.append("t ", user)
        case .presence: return nil
        }
        return command
    }
}
