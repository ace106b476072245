import ChatGateway
import NIOCore

extension PresenceScript {
    /// After which time of silence of all nodes everything is forgotten, in milliseconds.
    static let age = 60_000
    /// Rooms, and users in them, of one sweep.
    private static let sweepCount = 500

    private static func call(_ verb: String, hash: String, limit: Int, names: Names) -> Command {
        var command = Command("EVALSHA", hash, "1", names.state, names.presence, names.channels, verb)
        for number in [limit, age, PresencePacing.shortest, PresencePacing.longest, PresencePacing.maximumBytes] {
            command.append(number)
        }
        return command
    }

    static func update(_ update: PresenceUpdate, hash: String, names: Names) -> Command {
        var command = call("update", hash: hash, limit: update.limit, names: names)
        command.append(update.node)
        command.append(update.serial)
        command.append(update.isNew ? 1 : 0)
        command.append(update.isLast ? 1 : 0)
        command.append(update.epoch)
        command.append(update.replaced ?? "")
        for holding in update.holdings {
            command.append(holding.room.name)
            command.append(holding.streams)
            command.append(holding.users.count)
            for user in holding.users {
                command.append(user.name)
                command.append(user.streams)
            }
        }
        return command
    }

    static func sweep(
        _ node: String,
        at renewal: Int64,
        limit: Int,
        hash: String,
        names: Names,
        count: Int = sweepCount
    ) -> Command {
        var command = call("sweep", hash: hash, limit: limit, names: names)
        command.append(node)
        command.append(renewal)
        command.append(count)
        return command
    }

    static func retire(_ node: String, after time: Duration, hash: String, names: Names) -> Command {
        var command = call("retire", hash: hash, limit: 0, names: names)
        command.append(node)
        command.append(max(time.milliseconds, 0))
        return command
    }

    static func others(
        in room: Room,
        besides nodes: [String],
        limit: Int,
        hash: String,
        names: Names
    ) -> Command {
        var command = call("others", hash: hash, limit: limit, names: names)
        command.append(room.name)
        for node in nodes { command.append(node) }
        return command
    }

    /// What an update was answered; nil where the answer is none, or Redis has no epoch yet.
    static func readAnswer(_ answer: ByteBuffer) -> PresenceAnswer? {
        if answer == ByteBuffer(string: "lost") { return PresenceAnswer(isKnown: false) }
        var rest = answer
        // By bytes: a text that is no UTF-8 is mended in a String, and has another length there.
        guard rest.readString(length: "ok ".utf8.count) == "ok ",
            let space = rest.readableBytesView.firstIndex(of: UInt8(ascii: " ")),
            let epoch = rest.readString(length: space - rest.readerIndex), !epoch.isEmpty
        else { return nil }
        rest.moveReaderIndex(forwardBy: 1)
        guard let next = rest.readInteger() else { return nil }
        var nodes: [PresenceAnswer.Node] = []
        while rest.readableBytes > 0 {
            guard let renewal = rest.readInteger(), let name = rest.readName() else { return nil }
            nodes.append(.init(name: name, renewal: Int64(renewal)))
        }
        return PresenceAnswer(
            isKnown: true,
            epoch: epoch,
            next: next < 0 ? nil : .milliseconds(next),
            nodes: nodes
        )
    }

    /// What others hold of a room; nil where the answer is none of that script.
    static func readPresence(_ answer: ByteBuffer) -> Presence? {
        var rest = answer
        guard let streams = rest.readNumber(), let isListed = rest.readNumber() else { return nil }
        var users: [Presence.User] = []
        while rest.readableBytes > 0 {
            guard let count = rest.readNumber(), let name = rest.readName() else { return nil }
            users.append(.init(name: name, streams: count))
        }
        return Presence(streams: streams, users: isListed == 1 ? users : nil)
    }
}
