import Glibc

/// Finds the complete blocks in a piece of an SSE stream (WHATWG HTML, "Server-sent events").
///
/// It keeps nothing between pieces: what `consumed` does not cover is the beginning of a block and has to stand in
/// front of the next piece. A line that ends with CR at the end of the piece waits for one more byte, because LF may
/// follow. Blocks without fields (comments, blank lines) are passed over.
struct EventScanner {
    private let bytes: UnsafeRawBufferPointer
    private(set) var consumed = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    mutating func next() -> EventBlock? {
        var block = EventBlock()
        var cursor = consumed
        while let (line, following) = line(at: cursor) {
            cursor = following
            guard line.isEmpty else {
                read(line, into: &block)
                continue
            }
            consumed = cursor
            if block.hasFields { return block }
        }
        return nil
    }

    private func line(at start: Int) -> (line: Range<Int>, following: Int)? {
        let rest = bytes.count - start
        guard rest > 0, let base = bytes.baseAddress else { return nil }
        let feed = memchr(base + start, 0x0A, rest).map { UnsafeRawPointer($0) - base }
        let length = (feed ?? bytes.count) - start
        guard let carriage = memchr(base + start, 0x0D, length).map({ UnsafeRawPointer($0) - base }) else {
            return feed.map { (start..<$0, $0 + 1) }
        }
        guard carriage + 1 < bytes.count else { return nil }
        return (start..<carriage, carriage + (bytes[carriage + 1] == 0x0A ? 2 : 1))
    }

    // Not inlined: the optimizer of Swift 6.3.1 (-O, whole module) then returns the block of next() without its fields.
    @inline(never)
    private func read(_ line: Range<Int>, into block: inout EventBlock) {
        switch bytes[line.lowerBound] {
        case UInt8(ascii: "d"):
            guard let value = value(of: "data", in: line) else { return }
            block.data = block.data.isEmpty ? value : block.data.lowerBound..<value.upperBound
        case UInt8(ascii: "i"):
            if let value = value(of: "id", in: line) { block.id = value }
        case UInt8(ascii: "e"):
            if let value = value(of: "event", in: line) { block.name = value }
        case UInt8(ascii: "r"):
            if let value = value(of: "retry", in: line), let number = digits(value) { block.retryMilliseconds = number }
        default: break
        }
    }

    private func value(of field: StaticString, in line: Range<Int>) -> Range<Int>? {
        let size = field.utf8CodeUnitCount
        guard line.count > size, let base = bytes.baseAddress, bytes[line.lowerBound + size] == UInt8(ascii: ":"),
            memcmp(base + line.lowerBound, field.utf8Start, size) == 0
        else { return nil }
        let start = line.lowerBound + size + 1
        guard start < line.upperBound, bytes[start] == UInt8(ascii: " ") else { return start..<line.upperBound }
        return start + 1..<line.upperBound
    }

    private func digits(_ range: Range<Int>) -> Int? {
        guard (1...9).contains(range.count) else { return nil }
        var number = 0
        for byte in bytes[range] {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return number
    }
}
