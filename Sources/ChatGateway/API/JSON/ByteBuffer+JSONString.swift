import NIOCore

extension ByteBuffer {
    /// Writes a text as a JSON string with its quotes; control characters, quotes and backslashes become escapes.
    mutating func writeJSONString(_ text: String) {
        var text = text
        writeInteger(UInt8(ascii: "\""))
        text.withUTF8 { bytes in
            var start = bytes.startIndex
            for index in bytes.indices {
                let byte = bytes[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                writeBytes(bytes[start..<index])
                writeJSONEscape(byte)
                start = index + 1
            }
            writeBytes(bytes[start...])
        }
        writeInteger(UInt8(ascii: "\""))
    }

    private mutating func writeJSONEscape(_ byte: UInt8) {
        switch byte {
        case 0x0A: writeStaticString("\\n")
        case 0x0D: writeStaticString("\\r")
        case 0x09: writeStaticString("\\t")
        case 0..<0x20:
            writeStaticString("\\u00")
            writeInteger(UInt8(ascii: "0") + byte >> 4)
            let low = byte & 0xF
            writeInteger(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        default:
            writeInteger(UInt8(ascii: "\\"))
            writeInteger(byte)
        }
    }
}
