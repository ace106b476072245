import ChatGateway
import NIOCore

/// Publishes that somebody looks at the cluster, and what nodes say of themselves.
///
/// Both are told in words that nodes of earlier versions leave alone.
enum ClusterScripts {
    /// The call that asks all nodes for reports: `watch`, for how many milliseconds, and the channel to send them to.
    static func watch(for time: Duration, channel: String, names: Names) -> Command {
        Command(
            "EVAL",
            SignalScripts.publish,
            "1",
            names.state,
            names.control,
            "watch \(max(time.milliseconds, 0)) \(channel)"
        )
    }

    /// The call that sends a report to the node that wants it: `v` and the report, to that node's own channel.
    static func report(_ report: ByteBuffer, to channel: String, names: Names) -> Command {
        var command = Command("EVAL", SignalScripts.publish, "1", names.state, channel)
        var word = ByteBuffer(string: "v ")
        word.writeImmutableBuffer(report)
        command.append(word)
        return command
    }

    /// Who wants reports, and for how long; nil for anything else.
    static func readWatch(_ payload: ByteBuffer, names: Names) -> (channel: String, time: Duration)? {
        let parts = String(buffer: payload).utf8.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard parts.count == 3, parts[0].elementsEqual("watch".utf8), let time = Int64(Substring(parts[1])), time > 0,
            parts[2].count <= 512, parts[2].starts(with: names.channel(ofNode: "").utf8)
        else { return nil }
        return (String(Substring(parts[2])), .milliseconds(time))
    }

    /// What a node says of itself; nil for anything else.
    static func readReport(_ payload: ByteBuffer) -> ByteBuffer? {
        var rest = payload
        guard rest.readBytes(length: 2).map({ $0.elementsEqual("v ".utf8) }) == true else { return nil }
        return rest
    }
}
