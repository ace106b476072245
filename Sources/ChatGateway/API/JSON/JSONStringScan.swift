/// One pass over a JSON string: UTF-8, escapes and the closing quote.
struct JSONStringScan {
    /// Where the scan is: first at the opening quote, in the end behind the closing one.
    private(set) var offset: Int
    /// Whether there was an escape.
    private(set) var hasEscapes = false

    /// Begins at an opening quote.
    init(offset: Int) {
        self.offset = offset
    }

    /// Reads up to and with the closing quote.
    mutating func run(_ bytes: Span<UInt8>) throws(JSONError) {
        offset += 1
        while true {
            skipPlain(bytes)
            guard offset < bytes.count else { throw JSONError(reason: .unexpectedEnd, offset: offset) }
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return
            case UInt8(ascii: "\\"): try scanEscape(bytes)
            case 0..<0x20: throw JSONError(reason: .controlCharacter, offset: offset)
            case 0..<0x80: offset += 1
            default: try scanMultibyte(bytes)
            }
        }
    }

    /// Steps over eight bytes at once as long as none of them means anything.
    private mutating func skipPlain(_ bytes: Span<UInt8>) {
        let ones: UInt64 = 0x0101_0101_0101_0101
        while offset + 8 <= bytes.count {
            let word = bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            // The high bit of a byte is set where the byte is below 0x20, a quote, a backslash, or not ASCII. A borrow
            // may set it for the byte behind one of these too, never clear the first one.
            let special =
                word | (word &- ones &* 0x20) | ((word ^ ones &* 0x22) &- ones) | ((word ^ ones &* 0x5C) &- ones)
            if special & (ones &* 0x80) != 0 { return }
            offset += 8
        }
    }

    private mutating func scanEscape(_ bytes: Span<UInt8>) throws(JSONError) {
        hasEscapes = true
        let start = offset
        guard offset + 1 < bytes.count else { throw JSONError(reason: .unexpectedEnd, offset: bytes.count) }
        switch bytes[offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 2
        case UInt8(ascii: "u"):
            guard let unit = Self.codeUnit(at: offset, bytes) else {
                throw JSONError(reason: .invalidEscape, offset: start)
            }
            offset += 6
            switch unit {
            case 0xD800...0xDBFF:
                guard let low = Self.codeUnit(at: offset, bytes), (0xDC00...0xDFFF).contains(low) else {
                    throw JSONError(reason: .loneSurrogate, offset: start)
                }
                offset += 6
            case 0xDC00...0xDFFF: throw JSONError(reason: .loneSurrogate, offset: start)
            default: break
            }
        default: throw JSONError(reason: .invalidEscape, offset: start)
        }
    }

    /// The number that a `\uXXXX` at an offset stands for; nil where there is none.
    static func codeUnit(at offset: Int, _ bytes: Span<UInt8>) -> UInt32? {
        guard offset + 6 <= bytes.count, bytes[offset] == UInt8(ascii: "\\"),
            bytes[offset + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt32 = 0
        for index in offset + 2..<offset + 6 {
            let byte = bytes[index]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// Steps over one character of two to four bytes, as the Unicode Standard's table 3-7 allows them.
    private mutating func scanMultibyte(_ bytes: Span<UInt8>) throws(JSONError) {
        let second: ClosedRange<UInt8>
        let length: Int
        switch bytes[offset] {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE, 0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw JSONError(reason: .invalidUTF8, offset: offset)
        }
        guard offset + length <= bytes.count, second.contains(bytes[offset + 1]) else {
            throw JSONError(reason: .invalidUTF8, offset: offset)
        }
        for index in offset + 2..<offset + length where bytes[index] & 0xC0 != 0x80 {
            throw JSONError(reason: .invalidUTF8, offset: offset)
        }
        offset += length
    }
}
