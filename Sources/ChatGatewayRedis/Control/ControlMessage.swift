import ChatGateway
import NIOCore

/// A command as it stands in the control channel: `user` or `stream`, milliseconds of the bar or `-`, and who.
enum ControlMessage {
    static func write(_ command: ControlCommand) -> ByteBuffer {
        let bar = command.bar.map { "\(max($0.milliseconds, 0))" } ?? "-"
        return switch command.target {
        case .user(let user): ByteBuffer(string: "user \(bar) \(user)")
        case .stream(let id): ByteBuffer(string: "stream \(bar) \(id)")
        }
    }

    /// Reads a command; nil for anything else.
    static func read(_ payload: ByteBuffer) -> ControlCommand? {
        // By bytes: a name that begins with a combining mark makes one character with the space before it.
        let parts = String(buffer: payload).utf8
            .split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
            .map { Substring($0) }
        guard parts.count == 3, !parts[2].isEmpty else { return nil }
        var bar: Duration?
        if parts[1] != "-" {
            guard let milliseconds = Int64(parts[1]), milliseconds >= 0 else { return nil }
            bar = .milliseconds(milliseconds)
        }
        switch parts[0] {
        case "user": return ControlCommand(.user(String(parts[2])), bar: bar)
        case "stream": return ControlCommand(.stream(String(parts[2])), bar: bar)
        default: return nil
        }
    }
}
