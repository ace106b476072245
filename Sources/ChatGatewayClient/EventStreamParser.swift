public import NIOCore

/// Reads a stream of Server-Sent Events as WHATWG HTML has it, piece by piece as they come.
///
/// It holds the piece that it was fed last, the line and the event that are incomplete, and no more.
public struct EventStreamParser: Sendable {
    /// Longest line, in bytes.
    public let maximumLine: Int
    /// Most data of one event, in bytes.
    public let maximumData: Int
    /// The id that a client has to present when it comes back: that of the last event that was complete.
    public private(set) var lastEventID = ""
    /// How long to wait before coming back, in milliseconds, as the stream said last; nil where it has not.
    public private(set) var retry: Int?

    private var input = ByteBuffer()
    private var line: [UInt8] = []
    private var isFirstLine = true
    /// A line feed that follows belongs to the line end before it.
    private var hasReadReturn = false
    private var data: [UInt8] = []
    private var hasData = false
    private var name = ""
    private var id = ""

    /// Makes a parser for one stream from its beginning.
    ///
    /// - Parameters:
    ///   - lastEventID: What was presented when the stream was asked for. Default: nothing.
    ///   - maximumLine: Longest line, in bytes. Default 1 MiB and 64 KiB: the longest message that a gateway may be told
    ///     to take, and what it adds.
    ///   - maximumData: Most data of one event, in bytes. Default the same.
    public init(lastEventID: String = "", maximumLine: Int = 17 << 16, maximumData: Int = 17 << 16) {
        self.lastEventID = lastEventID
        id = lastEventID
        self.maximumLine = maximumLine
        self.maximumData = maximumData
    }

    /// Takes the next piece of the stream; what was fed before must have been read to its end.
    public mutating func feed(_ piece: ByteBuffer) {
        if input.readableBytes == 0 { input = piece } else { input.writeImmutableBuffer(piece) }
    }

    /// The next complete event; nil where another piece is needed.
    ///
    /// - Throws: Where a line or an event is too long; then the stream cannot be read on.
    public mutating func next() throws(EventStreamError) -> ServerSentEvent? {
        while try takeLine() {
            if let event = try endLine() { return event }
        }
        return nil
    }

    /// Moves the next line over; false where its end has not come yet.
    private mutating func takeLine() throws(EventStreamError) -> Bool {
        if hasReadReturn, input.readableBytes > 0 {
            if input.getInteger(at: input.readerIndex) == Self.lineFeed { input.moveReaderIndex(forwardBy: 1) }
            hasReadReturn = false
        }
        let bytes = input.readableBytesView
        let end = bytes.firstIndex { $0 == Self.lineFeed || $0 == Self.carriageReturn }
        let length = (end ?? bytes.endIndex) - bytes.startIndex
        guard line.count + length <= maximumLine else { throw .lineTooLong }
        line += bytes.prefix(length)
        input.moveReaderIndex(forwardBy: length)
        guard end != nil else { return false }
        hasReadReturn = input.readInteger(as: UInt8.self) == Self.carriageReturn
        return true
    }

    private mutating func endLine() throws(EventStreamError) -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        var content = line[...]
        if isFirstLine {
            isFirstLine = false
            if content.starts(with: [0xEF, 0xBB, 0xBF]) { content = content.dropFirst(3) }
        }
        guard !content.isEmpty else { return endEvent() }
        guard let colon = content.firstIndex(of: UInt8(ascii: ":")) else {
            try take(content, value: [])
            return nil
        }
        var value = content[(colon + 1)...]
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        try take(content[..<colon], value: value)
        return nil
    }

    private mutating func take(_ field: ArraySlice<UInt8>, value: ArraySlice<UInt8>) throws(EventStreamError) {
        if field.elementsEqual("data".utf8) {
            guard data.count + value.count + 1 <= maximumData else { throw .eventTooLong }
            if hasData { data.append(Self.lineFeed) }
            data += value
            hasData = true
        } else if field.elementsEqual("event".utf8) {
            name = String(decoding: value, as: UTF8.self)
        } else if field.elementsEqual("id".utf8) {
            if !value.contains(0) { id = String(decoding: value, as: UTF8.self) }
        } else if field.elementsEqual("retry".utf8) {
            let isDigits = !value.isEmpty && value.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            // What no number can hold is as long as can be.
            if isDigits { retry = Int(String(decoding: value, as: UTF8.self)) ?? .max }
        }
    }

    private mutating func endEvent() -> ServerSentEvent? {
        // An event without data counts for nothing but its id.
        lastEventID = id
        defer {
            data.removeAll(keepingCapacity: true)
            hasData = false
            name = ""
        }
        guard hasData else { return nil }
        return ServerSentEvent(
            name: name.isEmpty ? "message" : name,
            data: String(decoding: data, as: UTF8.self),
            lastEventID: id
        )
    }

    private static let lineFeed: UInt8 = 0x0A
    private static let carriageReturn: UInt8 = 0x0D
}
