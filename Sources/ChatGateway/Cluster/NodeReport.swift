import NIOCore

/// What a node says of itself to whoever looks at the cluster: one JSON object of at most 64 KiB.
///
/// Readers leave out what they do not know and do without what is missing, so that nodes of two versions get along.
struct NodeReport: Sendable {
    /// The longest report, in bytes.
    static let maximumBytes = 64 * 1024
    /// Rooms and slow streams are left out from here on, whatever their names are like.
    private static let listBytes = 48 * 1024
    /// Rooms that are named.
    static let roomLimit = 40
    /// Slow streams that are named.
    static let slowLimit = 20
    /// Rooms of a slow stream that are named.
    private static let namedRooms = 3

    /// The node's name.
    var node: String
    /// A word that this process has and no other: a name is used again after a restart.
    var instance: String
    /// The program's version, where it has one.
    var version: String?
    /// For how long the node has run.
    var uptime: Duration
    /// Why it should not be sent work; nil where it should.
    var reasonAgainst: String?
    var streams = 0
    var maxStreams = 0
    /// Rooms that some stream is in or was in a moment ago.
    var rooms = 0
    var slowStreams = 0
    /// What is known of the time since the last report; nil in the first.
    var pace: Pace?
    /// The latest that a loop's timer was since the last report.
    var lag = TimeAmount.zero
    /// Resident memory in bytes, where the system tells it.
    var memory: Int?
    /// The rooms with the most streams, and whether those are all that have any.
    var biggest: [(room: Room, streams: Int)] = []
    var hasMoreRooms = false
    /// The streams whose sockets have taken nothing for the longest time.
    var slowest: [SlowStream] = []

    /// What has happened since the last report.
    struct Pace: Hashable, Sendable {
        /// Messages stored, in a second.
        var posts: Double
        /// Messages written to streams, each stream counted, in a second.
        var deliveries: Double
        /// From append to written, in milliseconds; nil where nothing was.
        var median: UInt64?
        var p99: UInt64?
    }

    /// The report as JSON on one line.
    var json: ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeStaticString("{\"node\":")
        bytes.writeJSONString(node)
        bytes.writeStaticString(",\"instance\":")
        bytes.writeJSONString(instance)
        if let version {
            bytes.writeStaticString(",\"version\":")
            bytes.writeJSONString(version)
        }
        bytes.writeString(",\"uptime\":\(uptime.components.seconds),\"ready\":\(reasonAgainst == nil)")
        if let reasonAgainst {
            bytes.writeStaticString(",\"reason\":")
            bytes.writeJSONString(reasonAgainst)
        }
        bytes.writeString(
            ",\"streams\":\(streams),\"max_streams\":\(maxStreams),\"rooms\":\(rooms),\"slow\":\(slowStreams)"
        )
        if let pace {
            bytes.writeString(",\"posts\":\(pace.posts.tenths),\"deliveries\":\(pace.deliveries.tenths)")
            if let median = pace.median { bytes.writeString(",\"p50\":\(median)") }
            if let p99 = pace.p99 { bytes.writeString(",\"p99\":\(p99)") }
        }
        bytes.writeString(",\"lag\":\((Double(lag.nanoseconds) / 1e6).tenths)")
        if let memory { bytes.writeString(",\"memory\":\(memory)") }
        writeRooms(to: &bytes)
        writeSlowStreams(to: &bytes)
        bytes.writeStaticString("}")
        return bytes
    }

    private func writeRooms(to bytes: inout ByteBuffer) {
        var isCut = hasMoreRooms || biggest.count > Self.roomLimit
        bytes.writeStaticString(",\"biggest\":[")
        for (index, (room, streams)) in biggest.prefix(Self.roomLimit).enumerated() {
            guard bytes.readableBytes < Self.listBytes else {
                isCut = true
                break
            }
            bytes.writeStaticString(index > 0 ? ",{\"room\":" : "{\"room\":")
            bytes.writeJSONString(room.name)
            bytes.writeString(",\"streams\":\(streams)}")
        }
        bytes.writeString("],\"more_rooms\":\(isCut)")
    }

    private func writeSlowStreams(to bytes: inout ByteBuffer) {
        bytes.writeStaticString(",\"slowest\":[")
        for (index, slow) in slowest.prefix(Self.slowLimit).enumerated() {
            guard bytes.readableBytes < Self.listBytes else { break }
            if index > 0 { bytes.writeStaticString(",") }
            bytes.writeString("{\"stream\":\"\(String(slow.stream.id, radix: 36))\"")
            if let user = slow.stream.user {
                bytes.writeStaticString(",\"user\":")
                bytes.writeJSONString(user)
            }
            if let address = slow.stream.address { bytes.writeString(",\"address\":\"\(address)\"") }
            bytes.writeStaticString(",\"rooms\":[")
            for (index, room) in slow.stream.rooms.prefix(Self.namedRooms).enumerated() {
                if index > 0 { bytes.writeStaticString(",") }
                bytes.writeJSONString(room.name)
            }
            bytes.writeString("],\"room_count\":\(slow.stream.roomCount)")
            bytes.writeString(",\"silent\":\(slow.silence.nanoseconds / 1_000_000_000),\"held\":\(slow.heldBytes)}")
        }
        bytes.writeStaticString("]")
    }

    /// Whether bytes from another node can be passed on as one: text on one line, and not too long.
    static func isFit(_ bytes: ByteBuffer) -> Bool {
        (2...maximumBytes).contains(bytes.readableBytes)
            && bytes.readableBytesView.first == UInt8(ascii: "{")
            && bytes.readableBytesView.allSatisfy { $0 >= 0x20 }
    }
}

extension Double {
    /// With one digit behind the point.
    fileprivate var tenths: Double { (self * 10).rounded() / 10 }
}
