import ChatGateway
import NIOCore

/// One reply of Redis, flat: its values in the order in which they stand on the wire, all their bytes in one buffer.
///
/// Two allocations however many values; a body taken out is a slice of the buffer.
struct Reply: Hashable, Sendable {
    enum Value: Hashable, Sendable {
        /// A bulk or simple string: so many bytes of the buffer from the offset on.
        case string(offset: Int, length: Int)
        /// What Redis refused, as a text.
        case error(offset: Int, length: Int)
        /// A number.
        case integer(Int64)
        /// Nothing.
        case null
        /// So many values follow, each with all that belongs to it.
        case array(Int)
    }

    fileprivate(set) var values: [Value] = []
    fileprivate(set) var bytes = ByteBuffer()

    /// What Redis refused, where the whole reply is an error.
    var error: String? {
        guard case .error(let offset, let length)? = values.first else { return nil }
        return bytes.getString(at: offset, length: length)
    }

    /// Reads the reply from its first value on.
    var reader: ReplyReader { ReplyReader(reply: self) }
}

/// Reads a reply's values one after the other; every method answers nil where the reply has something else there.
struct ReplyReader {
    private let reply: Reply
    private var index = 0

    init(reply: Reply) {
        self.reply = reply
    }

    private mutating func next() -> Reply.Value? {
        guard index < reply.values.count else { return nil }
        defer { index += 1 }
        return reply.values[index]
    }

    /// The length of an array whose values follow.
    mutating func array() -> Int? {
        guard case .array(let count)? = next() else { return nil }
        return count
    }

    /// A number.
    mutating func integer() -> Int64? {
        guard case .integer(let number)? = next() else { return nil }
        return number
    }

    /// A string's bytes, as a slice of the reply.
    mutating func slice() -> ByteBuffer? {
        guard case .string(let offset, let length)? = next() else { return nil }
        return reply.bytes.getSlice(at: offset, length: length)
    }

    /// A string.
    mutating func string() -> String? {
        guard case .string(let offset, let length)? = next() else { return nil }
        return reply.bytes.getString(at: offset, length: length)
    }

    /// A position.
    mutating func position() -> Position? {
        slice().flatMap { Position($0.readableBytesUInt8Span) }
    }

    /// A string's bytes, or nothing: `.some(nil)` for the null reply.
    mutating func sliceOrNull() -> ByteBuffer?? {
        switch next() {
        case .string(let offset, let length): .some(reply.bytes.getSlice(at: offset, length: length))
        case .null: .some(nil)
        default: nil
        }
    }

    /// Whether the next value is an array; stays in front of it.
    var isAtArray: Bool {
        guard index < reply.values.count, case .array = reply.values[index] else { return false }
        return true
    }
}

/// Collects the values of the reply that is being parsed.
final class ReplyBuilder {
    private var reply = Reply()

    /// Values so far.
    var count: Int { reply.values.count }

    func string(_ bytes: UnsafeRawBufferPointer) {
        reply.values.append(.string(offset: reply.bytes.writerIndex, length: bytes.count))
        reply.bytes.writeBytes(bytes)
    }

    func error(_ bytes: UnsafeRawBufferPointer) {
        reply.values.append(.error(offset: reply.bytes.writerIndex, length: bytes.count))
        reply.bytes.writeBytes(bytes)
    }

    func integer(_ number: Int64) {
        reply.values.append(.integer(number))
    }

    func null() {
        reply.values.append(.null)
    }

    func array(_ count: Int) {
        reply.values.append(.array(count))
    }

    /// The finished reply; the next one begins empty.
    func take() -> Reply {
        defer { reply = Reply() }
        return reply
    }
}

/// A peer that is no Redis, or one that went mad: the link has to go.
struct ProtocolError: Error, Hashable {
    /// What was wrong.
    var reason: String
}
