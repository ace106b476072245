import NIOHTTP1

/// The head of a `GET` that is plain enough to be read at sight.
///
/// It takes less than HTTP allows, and nothing that HTTP's decoder would read otherwise; what it does not take is that
/// decoder's to judge. Browsers' and proxies' requests for streams are taken.
struct PlainHead {
    /// The most fields that a head has, here and in HTTP's decoder.
    static let maximumFields = 256

    /// Still percent-encoded.
    let target: String
    let headers: HTTPHeaders

    /// - Parameter bytes: All that has come; a head that is followed by anything is not plain.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = Reader(bytes: bytes)
        guard reader.skip("GET "), let target = reader.target(), reader.skip(" HTTP/1.1\r\n") else { return nil }
        var fields: [(String, String)] = []
        fields.reserveCapacity(12)
        var hosts = 0
        while !reader.skip("\r\n") {
            guard fields.count < Self.maximumFields, let name = reader.name(), let value = reader.value() else {
                return nil
            }
            switch name.utf8.count {
            case 4 where name.lowercased() == "host": hosts += 1
            // What says that more follows, or another protocol.
            case 6 where name.lowercased() == "expect", 7 where name.lowercased() == "upgrade",
                14 where name.lowercased() == "content-length", 17 where name.lowercased() == "transfer-encoding":
                return nil
            default: break
            }
            fields.append((name, value))
        }
        guard hosts == 1, reader.isAtEnd else { return nil }
        self.target = target
        headers = HTTPHeaders(fields)
    }
}

/// Goes through a head once.
private struct Reader {
    let bytes: UnsafeRawBufferPointer
    var index = 0

    var isAtEnd: Bool { index == bytes.count }

    mutating func skip(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - index >= count else { return false }
        for offset in 0..<count where bytes[index + offset] != text.utf8Start[offset] { return false }
        index += count
        return true
    }

    /// A target that begins with a slash, up to the blank behind it.
    mutating func target() -> String? {
        let start = index
        guard index < bytes.count, bytes[index] == UInt8(ascii: "/") else { return nil }
        while index < bytes.count, (0x21...0x7e).contains(bytes[index]) { index += 1 }
        return text(start, index)
    }

    /// The name of a field, and the colon.
    mutating func name() -> String? {
        let start = index
        while index < bytes.count, bytes[index].isTokenPart { index += 1 }
        guard index > start, index < bytes.count, bytes[index] == UInt8(ascii: ":") else { return nil }
        defer { index += 1 }
        return text(start, index)
    }

    /// The value of a field behind the blanks before it, and the end of its line; the decoder keeps blanks that follow it.
    mutating func value() -> String? {
        while index < bytes.count, bytes[index].isBlank { index += 1 }
        let start = index
        while index < bytes.count, bytes[index].isBlank || (0x21...0x7e).contains(bytes[index]) { index += 1 }
        let end = index
        guard end == start || !bytes[end - 1].isBlank, skip("\r\n") else { return nil }
        return text(start, end)
    }

    private func text(_ start: Int, _ end: Int) -> String {
        String(decoding: bytes[start..<end], as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 }

    /// Whether it may stand in a field's name: RFC 9110, 5.6.2, without what nobody uses.
    fileprivate var isTokenPart: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
