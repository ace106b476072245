/// Takes the chunk framing (RFC 9112, 7.1) out of a response's body, in place.
struct ChunkDecoder {
    private enum State {
        case size(UInt64, digits: Int)
        case extension_(UInt64)
        case data(UInt64)
        case dataEnd
        case trailer(lineLength: Int)
        case ended
        case broken
    }

    private var state = State.size(0, digits: 0)

    /// Whether the last chunk and its trailer have passed.
    var hasEnded: Bool { if case .ended = state { true } else { false } }
    /// Whether something stood there that is not chunk framing.
    var isBroken: Bool { if case .broken = state { true } else { false } }

    /// Moves the body's bytes to the front of `bytes`; returns how many these are and how many bytes were used.
    ///
    /// Fewer than all are used only where the body ends.
    mutating func decode(_ bytes: UnsafeMutableRawBufferPointer) -> (body: Int, used: Int) {
        var read = 0
        var written = 0
        while read < bytes.count {
            switch state {
            case .data(let left):
                let size = min(Int(clamping: left), bytes.count - read)
                if written != read, let base = bytes.baseAddress {
                    (base + written).copyMemory(from: base + read, byteCount: size)
                }
                read += size
                written += size
                state = left == UInt64(size) ? .dataEnd : .data(left - UInt64(size))
            case .ended, .broken:
                return (written, read)
            default:
                framing(bytes[read])
                read += 1
            }
        }
        return (written, read)
    }

    private mutating func framing(_ byte: UInt8) {
        let isFeed = byte == 0x0A
        switch state {
        case .size(let size, let digits):
            if isFeed {
                state = digits == 0 ? .broken : Self.afterSize(size)
            } else if let digit = Character(UnicodeScalar(byte)).hexDigitValue, digits < 15 {
                state = .size(size * 16 + UInt64(digit), digits: digits + 1)
            } else {
                let mayFollow = digits > 0 && (byte == 0x0D || byte == 0x3B || byte == 0x20)
                state = mayFollow ? .extension_(size) : .broken
            }
        case .extension_(let size):
            if isFeed { state = Self.afterSize(size) }
        case .dataEnd:
            if isFeed { state = .size(0, digits: 0) } else if byte != 0x0D { state = .broken }
        case .trailer(let length):
            if isFeed {
                state = length == 0 ? .ended : .trailer(lineLength: 0)
            } else if byte != 0x0D {
                state = .trailer(lineLength: length + 1)
            }
        case .data, .ended, .broken:
            break
        }
    }

    private static func afterSize(_ size: UInt64) -> State {
        size == 0 ? .trailer(lineLength: 0) : .data(size)
    }
}
