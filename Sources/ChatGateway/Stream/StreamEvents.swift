import NIOCore

/// The events that one stream gets for itself, as bytes.
///
/// `id:` is the last line of an event, so that whoever counts on the bytes' end knows the cursor.
enum StreamEvents {
    /// What `ready` says of a room.
    struct RoomState: Hashable {
        var room: Room
        /// Whether the stream goes on where its listener left, without a hole.
        var isResumed: Bool
        /// Messages that follow at once.
        var replayed: Int
        /// Whether more follow that have yet to be read.
        var hasMore: Bool
    }

    /// A comment: shows that the stream is alive.
    static let heartbeat = ByteBuffer(staticString: ":\n\n")

    static func ready(
        retry: Int,
        node: String,
        stream: String,
        rooms: [RoomState],
        id: Cursor,
        resume: String? = nil
    ) -> ByteBuffer {
        // Written piece by piece: a string made of parts costs more than the rest of the event.
        var bytes = ByteBufferAllocator().buffer(capacity: 256)
        bytes.writeStaticString("retry: ")
        bytes.writeDecimal(UInt64(retry))
        bytes.writeStaticString("\nevent: ready\ndata: {\"node\":")
        bytes.writeJSONString(node)
        bytes.writeStaticString(",\"stream\":")
        bytes.writeJSONString(stream)
        bytes.writeStaticString(",\"rooms\":{")
        for (index, room) in rooms.enumerated() {
            if index > 0 { bytes.writeStaticString(",") }
            bytes.writeJSONString(room.room.name)
            bytes.writeStaticString(room.isResumed ? ":{\"resumed\":true" : ":{\"resumed\":false")
            bytes.writeStaticString(",\"replayed\":")
            bytes.writeDecimal(UInt64(room.replayed))
            bytes.writeStaticString(room.hasMore ? ",\"more\":true}" : "}")
        }
        bytes.writeStaticString("}")
        if let resume {
            bytes.writeStaticString(",\"resume\":")
            bytes.writeJSONString(resume)
        }
        bytes.writeStaticString("}\nid: ")
        bytes.write(id.position, of: id.epoch)
        bytes.writeStaticString("\n\n")
        return bytes
    }

    static func gap(room: Room, reason: GapReason, id: Cursor) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeStaticString("event: gap\ndata: {\"room\":")
        bytes.writeJSONString(room.name)
        bytes.writeString(",\"reason\":\"\(reason.rawValue)\"}\nid: \(id)\n\n")
        return bytes
    }

    /// No event to whoever listens, who yet remembers the cursor.
    static func position(_ id: Cursor) -> ByteBuffer { ByteBuffer(string: "id: \(id)\n\n") }

    /// Without an id: nobody resumes behind it.
    static func typing(room: Room, user: String) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeStaticString("event: typing\ndata: {\"room\":")
        bytes.writeJSONString(room.name)
        bytes.writeStaticString(",\"user\":")
        bytes.writeJSONString(user)
        bytes.writeStaticString("}\n\n")
        return bytes
    }

    static func presence(room: Room, _ change: PresenceChange) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeStaticString("event: presence\ndata: {\"room\":")
        bytes.writeJSONString(room.name)
        bytes.writeString(",\"streams\":\(change.streams)")
        for (name, users) in [("joined", change.joined), ("left", change.left)] {
            bytes.writeString(",\"\(name)\":[")
            for (index, user) in users.enumerated() {
                if index > 0 { bytes.writeStaticString(",") }
                bytes.writeJSONString(user)
            }
            bytes.writeStaticString("]")
        }
        bytes.writeStaticString("}\n\n")
        return bytes
    }

    static func bye(_ reason: EndReason, presented: StreamRequest.Presented = .nothing) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeString(
            "retry: \(Int.random(in: reason.retry))\nevent: bye\n"
                + "data: {\"reason\":\"\(reason.rawValue)\",\"reconnect\":\(reason.reconnects)}\n"
        )
        // A client that follows the letter of the standard would forget a cursor that is not repeated.
        if case .cursor(let cursor) = presented { bytes.writeString("id: \(cursor)\n") }
        bytes.writeStaticString("\n")
        return bytes
    }
}
