import NIOCore

/// A message's bytes on a stream, encoded once per node and shared by all its listeners.
struct Frame: Hashable, Sendable {
    /// Where the message stands.
    let position: Position
    /// Where the message before it in its room stands, or an upper bound of that.
    let previous: Position
    /// The event: one `data:` line, then the `id:` line with the message's cursor.
    let bytes: ByteBuffer
    /// Where the message comes from, where it matters to some stream.
    let origin: Origin?

    init(position: Position, previous: Position, bytes: ByteBuffer, origin: Origin? = nil) {
        self.position = position
        self.previous = previous
        self.bytes = bytes
        self.origin = origin
    }

    init(_ entry: Entry, epoch: Epoch, previous: Position) {
        // A JSON body is one line, which is all that the framing needs.
        var bytes = ByteBufferAllocator().buffer(capacity: entry.body.readableBytes + 64)
        bytes.writeStaticString("data: ")
        bytes.writeImmutableBuffer(entry.body)
        bytes.writeStaticString("\nid: ")
        bytes.write(entry.position, of: epoch)
        bytes.writeStaticString("\n\n")
        self.init(position: entry.position, previous: previous, bytes: bytes, origin: entry.origin)
    }
}

extension ByteBuffer {
    /// Writes the cursor of a position, as ``Cursor/description`` spells it.
    mutating func write(_ position: Position, of epoch: Epoch) {
        writeString(epoch.name)
        writeStaticString(".")
        writeDecimal(position.milliseconds)
        writeStaticString("-")
        writeDecimal(position.sequence)
    }

    /// Writes a number in decimal without making a String of it.
    mutating func writeDecimal(_ value: UInt64) {
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { room in
            var rest = value
            var start = room.count
            repeat {
                start -= 1
                room[start] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            _ = writeBytes(room[start...])
        }
    }
}
