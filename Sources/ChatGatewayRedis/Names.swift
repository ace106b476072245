import ChatGateway
import NIOCore

/// What the gateway's things are called in Redis.
///
/// All begin with prefix, database number, hash tag of the shard and version of the format: channels are global over
/// databases, a cluster keeps what has one tag on one shard, and nodes of two versions don't misread each other.
struct Names: Hashable, Sendable {
    /// What every name begins with.
    let base: String
    /// The channel of what operators want of all nodes; with a version of its own, that of the commands in it.
    let control: String
    /// What the names of all keys begin with that tell who is where; with a version of its own, that of what they hold.
    let presence: String

    init(prefix: String, database: Int) {
        base = "\(prefix):\(database):{0}:1"
        control = "\(prefix):\(database):{0}:control:1"
        presence = "\(prefix):\(database):{0}:presence:2"
    }

    /// The hash of everything that a proof rests on; see DESIGN's "shard state".
    ///
    /// The scripts build the other keys:
    /// `…:log:ROOM`, a stream, and `…:once:ROOM/KEY`, the record of a message's repetition key.
    var state: String { "\(base):state" }

    /// The record of a message's repetition key, as ``AppendScript`` makes it.
    func record(of key: String, in room: Room) -> String { "\(base):once:\(room.name)/\(key)" }

    /// What a ticket stands for, for as long as it is valid.
    func ticket(_ name: String) -> String { "\(base):ticket:\(name)" }

    /// The secret that all nodes share.
    var secret: String { "\(base):secret" }

    /// What the channels of rooms begin with.
    var channels: String { "\(base):room:" }

    /// The channel of a room's messages.
    func channel(of room: Room) -> String { channels + room.name }

    /// The room whose channel has this name.
    func room(of channel: String) -> Room? {
        let front = "\(base):room:"
        // By bytes: a name that begins with a combining mark makes one character with what is before it.
        guard channel.utf8.starts(with: front.utf8) else { return nil }
        return Room(String(Substring(channel.utf8.dropFirst(front.utf8.count))))
    }

    /// The channel of what is meant for a single node.
    func channel(ofNode node: String) -> String { "\(base):node:\(node)" }
}
