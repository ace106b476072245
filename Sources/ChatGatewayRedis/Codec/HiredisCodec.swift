import CHiredis
import NIOCore

/// Turns bytes from Redis into replies.
///
/// Not thread-safe: belongs to the loop of its link.
///
/// hiredis parses; the tree it would allocate per reply is replaced by callbacks that fill a flat ``Reply``.
final class ReplyParser {
    /// What a reply may take at most, and what makes a peer's bytes an error rather than memory.
    struct Limits {
        /// Bytes of one reply.
        ///
        /// Default 64 MiB.
        var bytes = 64 << 20
        /// Values in one reply.
        ///
        /// Default 1,000,000.
        var nodes = 1_000_000
    }

    private let builder: ReplyBuilder
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let reader: UnsafeMutablePointer<redisReader>
    private let limits: Limits
    private var unparsed = 0

    /// Makes a parser; nil only where memory is out.
    init?(limits: Limits = Limits()) {
        let builder = ReplyBuilder()
        let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        functions.initialize(to: redisReplyObjectFunctions())
        functions.pointee.createString = { task, text, length in
            ReplyParser.build(task) { builder, type in
                let bytes = UnsafeRawBufferPointer(start: text, count: Int(length))
                switch type {
                case REDIS_REPLY_ERROR: builder.error(bytes)
                default: builder.string(bytes)
                }
            }
        }
        functions.pointee.createArray = { task, count in
            ReplyParser.build(task) { builder, _ in builder.array(Int(count)) }
        }
        functions.pointee.createInteger = { task, value in
            ReplyParser.build(task) { builder, _ in builder.integer(Int64(value)) }
        }
        functions.pointee.createNil = { task in
            ReplyParser.build(task) { builder, _ in builder.null() }
        }
        functions.pointee.freeObject = { _ in }
        guard let reader = redisReaderCreateWithFunctions(functions) else {
            functions.deallocate()
            return nil
        }
        reader.pointee.privdata = Unmanaged.passUnretained(builder).toOpaque()
        // Its own default gives the buffer back after every large reply, to be allocated again for the next.
        reader.pointee.maxbuf = 0
        self.builder = builder
        self.functions = functions
        self.reader = reader
        self.limits = limits
    }

    deinit {
        redisReaderFree(reader)
        functions.deallocate()
    }

    /// Takes bytes over and hands every reply that they complete to the closure.
    ///
    /// - Throws: Where the peer does not speak the protocol or claims more than the limits; the link is of no use then.
    func feed(_ buffer: ByteBuffer, _ reply: (Reply) throws -> Void) throws {
        try buffer.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                // hiredis 0.14 moves what is left of its buffer to the front after every KiB that it has parsed.
                let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(8192))
                rest = rest.dropFirst(8192)
                guard redisReaderFeed(reader, piece.baseAddress, piece.count) == REDIS_OK else { throw failure }
                unparsed += piece.count
                while try parse() {
                    unparsed = 0
                    try reply(builder.take())
                }
                guard unparsed <= limits.bytes, builder.count <= limits.nodes else {
                    throw ProtocolError(reason: "a reply beyond all limits")
                }
            }
        }
    }

    private func parse() throws -> Bool {
        var object: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &object) == REDIS_OK else { throw failure }
        return object != nil
    }

    private var failure: ProtocolError {
        let text = withUnsafeBytes(of: reader.pointee.errstr) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return ProtocolError(reason: text)
    }

    /// Arrays within arrays; the scripts' replies have three.
    ///
    /// hiredis 0.14 takes seven, 1.x any number.
    private static let maximumDepth = 7

    private static func depth(_ task: UnsafePointer<redisReadTask>) -> Int {
        var depth = 0
        var parent = task.pointee.parent
        while let task = parent, depth <= maximumDepth {
            depth += 1
            parent = task.pointee.parent
        }
        return depth
    }

    private static func build(
        _ task: UnsafePointer<redisReadTask>?,
        _ add: (ReplyBuilder, Int32) -> Void
    ) -> UnsafeMutableRawPointer? {
        guard let task, let owner = task.pointee.privdata, depth(task) <= maximumDepth else { return nil }
        let builder = Unmanaged<ReplyBuilder>.fromOpaque(owner).takeUnretainedValue()
        add(builder, task.pointee.type)
        // hiredis only asks whether this is null.
        return owner
    }
}

extension Command {
    /// Writes the command as Redis reads it.
    func write(to buffer: inout ByteBuffer) {
        let lengths = lengths
        arguments.withUnsafeReadableBytes { bytes in
            var start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            var pointers: [UnsafePointer<CChar>?] = []
            pointers.reserveCapacity(lengths.count)
            for length in lengths {
                pointers.append(start.map { UnsafePointer($0) })
                start = start.map { $0 + length }
            }
            var target: UnsafeMutablePointer<CChar>?
            let count = redisFormatCommandArgv(&target, Int32(lengths.count), &pointers, lengths)
            guard count > 0, let target else { return }
            buffer.writeBytes(UnsafeRawBufferPointer(start: target, count: Int(count)))
            redisFreeCommand(target)
        }
    }
}
