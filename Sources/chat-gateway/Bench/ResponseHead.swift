import Glibc

/// What the tester needs to know of an HTTP/1.1 response's head.
struct ResponseHead: Equatable {
    var status = 0
    var contentLength: Int?
    var isChunked = false
    var closes = false
    var isEventStream = false
    /// How many bytes the head takes, its blank line included.
    var size = 0

    private static let end = Array("\r\n\r\n".utf8)

    /// Reads the head at the start of `bytes`; nil where it is not complete yet, status 0 where it is not HTTP.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, let end = bytes.firstOffset(of: Self.end) else { return nil }
        size = end + 4
        var start = 0
        while start < size - 2 {
            guard let feed = memchr(base + start, 0x0A, size - start).map({ UnsafeRawPointer($0) - base }) else {
                break
            }
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<max(start, feed - 1)])
            if start == 0 { readStatus(line) } else { readField(line) }
            start = feed + 1
        }
    }

    private mutating func readStatus(_ line: UnsafeRawBufferPointer) {
        guard line.count >= 12, line[0..<7].elementsEqual("HTTP/1.".utf8), let code = Self.number(line[9..<12]) else {
            return
        }
        status = code
        closes = line[7] == UInt8(ascii: "0")
    }

    private mutating func readField(_ line: UnsafeRawBufferPointer) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        var value = line[(colon + 1)...]
        while value.first == 0x20 || value.first == 0x09 { value = value.dropFirst() }
        while value.last == 0x20 || value.last == 0x09 { value = value.dropLast() }
        let name = line[..<colon]
        switch name.count {
        case 10 where Self.equal(name, "connection"):
            closes = Self.equal(value, "close")
        case 12 where Self.equal(name, "content-type"):
            isEventStream = Self.equal(value.prefix(17), "text/event-stream")
        case 14 where Self.equal(name, "content-length"):
            contentLength = Self.number(value)
        case 17 where Self.equal(name, "transfer-encoding"):
            isChunked = Self.equal(value.suffix(7), "chunked")
        default: break
        }
    }

    private static func equal(_ bytes: Slice<UnsafeRawBufferPointer>, _ lowercased: StaticString) -> Bool {
        guard bytes.count == lowercased.utf8CodeUnitCount else { return false }
        var other = lowercased.utf8Start
        for byte in bytes {
            let isCapital = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            guard (isCapital ? byte | 0x20 : byte) == other.pointee else { return false }
            other += 1
        }
        return true
    }

    private static func number(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard (1...12).contains(bytes.count) else { return nil }
        var number = 0
        for byte in bytes {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return number
    }
}
