import NIOCore

/// What a sender posted: one JSON object, checked, with all of its members as the sender wrote them.
///
/// Numbers, escapes and order stay; only white space outside strings goes. Making one is a single pass over the bytes;
/// ``stamped(id:room:time:user:)`` copies them once.
struct MessageBody: Sendable {
    /// The name that the sender gave the message, unescaped; nil where the server has to make one.
    let senderID: String?

    private let source: ByteBuffer
    private let content: Range<Int>
    private let spaces: [Range<Int>]
    private let members: [JSONScanner.Member]

    /// Reads a request's whole body.
    init(parsing body: ByteBuffer) throws(MessageBodyError) {
        let bytes = body.readableBytesUInt8Span
        var scanner = JSONScanner()
        do throws(JSONError) {
            try scanner.scanObjectDocument(bytes)
        } catch {
            throw .json(error)
        }
        source = body
        content = scanner.content
        spaces = scanner.spaces
        members = scanner.members
        guard let id = scanner.members.first(where: { $0.name == .id }) else {
            senderID = nil
            return
        }
        guard let text = JSONNames.unescaped(stringAt: id.value, in: bytes), MessageID.isValid(text) else {
            throw .invalidID(offset: id.value.lowerBound)
        }
        senderID = text
    }

    /// Reads what is to be stored in place of another message, whose ``senderID`` it takes over.
    init(parsing body: ByteBuffer, for other: MessageBody) throws(MessageBodyError) {
        var scanner = JSONScanner()
        do throws(JSONError) {
            try scanner.scanObjectDocument(body.readableBytesUInt8Span)
        } catch {
            throw .json(error)
        }
        source = body
        content = scanner.content
        spaces = scanner.spaces
        members = scanner.members
        senderID = other.senderID
    }

    /// The message as listeners get it: one line, the server's members first, then the sender's others.
    ///
    /// The sender's own `id`, `room` and `time` are left out, and its `user` where the server knows better.
    /// - Parameters:
    ///   - id: ``senderID``, or what ``MessageID`` made.
    ///   - room: Where it is said.
    ///   - time: The node's clock in milliseconds since 1970.
    ///   - user: Who says it, where senders are authenticated.
    /// - Returns: One JSON object without white space around its tokens.
    func stamped(id: String, room: Room, time: UInt64, user: String? = nil) -> ByteBuffer {
        // 80: the names, quotes and commas of the server's members, and the time.
        let capacity = source.readableBytes + id.utf8.count + room.name.utf8.count + (user?.utf8.count ?? 0) + 80
        var output = ByteBufferAllocator().buffer(capacity: capacity)
        output.writeStaticString("{\"id\":")
        output.writeJSONString(id)
        output.writeStaticString(",\"room\":")
        output.writeJSONString(room.name)
        output.writeStaticString(",\"time\":\"")
        output.writeTimestamp(time)
        output.writeStaticString("\"")
        if let user {
            output.writeStaticString(",\"user\":")
            output.writeJSONString(user)
        }
        writeMembers(except: user == nil ? [.id, .room, .time] : [.id, .room, .time, .user], to: &output)
        output.writeStaticString("}")
        return output
    }

    /// Writes a stored message with its cursor as the last member, as answers that list messages show it.
    ///
    /// A `cursor` that the sender gave is left out. What is not a message, because something else wrote into the
    /// broker's log, is shown as its cursor alone.
    static func list(_ stored: ByteBuffer, at cursor: Cursor, in output: inout ByteBuffer) {
        let start = output.writerIndex
        if let message = try? MessageBody(parsing: stored) {
            message.writeMembers(except: [.cursor], to: &output)
        }
        if output.writerIndex > start {
            output.setInteger(UInt8(ascii: "{"), at: start)
            output.writeStaticString(",\"cursor\":\"")
        } else {
            output.writeStaticString("{\"cursor\":\"")
        }
        output.writeString(cursor.description)
        output.writeStaticString("\"}")
    }

    /// Writes the sender's members, each behind a comma, but for some.
    private func writeMembers(except taken: [JSONMemberName], to output: inout ByteBuffer) {
        let dropped = members.filter { taken.contains($0.name) }.map(\.whole)
        let holes = dropped.isEmpty ? spaces : (dropped + spaces).sorted { $0.lowerBound < $1.lowerBound }
        let start = output.writerIndex
        var offset = content.lowerBound
        for hole in holes where hole.upperBound > offset {
            if hole.lowerBound >= content.upperBound { break }
            write(offset..<hole.lowerBound, to: &output, atStart: output.writerIndex == start)
            offset = hole.upperBound
        }
        write(offset..<content.upperBound, to: &output, atStart: output.writerIndex == start)
    }

    private func write(_ range: Range<Int>, to output: inout ByteBuffer, atStart: Bool) {
        guard !range.isEmpty else { return }
        let bytes = source.readableBytesSpan.extracting(range)
        // Only the object's first member has no comma before it; where it is left out the next one brings its own.
        if atStart, bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self) != UInt8(ascii: ",") {
            output.writeInteger(UInt8(ascii: ","))
        }
        output.writeBytes(bytes)
    }
}
