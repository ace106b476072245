import NIOCore

extension ByteBuffer {
    /// A decimal number and the space behind it.
    mutating func readNumber() -> Int? {
        let view = readableBytesView.prefix(20)
        guard let space = view.firstIndex(of: UInt8(ascii: " ")),
            let number = readString(length: space - view.startIndex).flatMap({ Int($0) }), number >= 0
        else { return nil }
        moveReaderIndex(forwardBy: 1)
        return number
    }

    /// A name behind its length in bytes.
    mutating func readName() -> String? {
        readNumber().flatMap { readString(length: $0) }
    }
}
