import NIOCore

extension ByteBuffer {
    /// A decimal number of either sign and the space behind it.
    mutating func readInteger() -> Int? {
        let view = readableBytesView.prefix(21)
        guard let space = view.firstIndex(of: UInt8(ascii: " ")),
            let number = readString(length: space - view.startIndex).flatMap({ Int($0) })
        else { return nil }
        moveReaderIndex(forwardBy: 1)
        return number
    }

    /// A decimal number that is not negative, and the space behind it.
    mutating func readNumber() -> Int? {
        readInteger().flatMap { $0 >= 0 ? $0 : nil }
    }

    /// A name behind its length in bytes.
    mutating func readName() -> String? {
        readNumber().flatMap { readString(length: $0) }
    }
}
