/// The names of messages: what `id` in a message holds.
enum MessageID {
    /// The longest name a sender may give, in characters.
    static let maximumLength = 64

    /// Whether a sender may give this name: 1 to 64 characters of `[A-Za-z0-9_-]`.
    static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8
        return (1...maximumLength).contains(bytes.count)
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// A UUID of version 7 (RFC 9562, section 5.7): the time in milliseconds since 1970, then 74 random bits.
    static func random(at milliseconds: UInt64) -> String {
        let high = milliseconds << 16 | 0x7000 | UInt64.random(in: 0...0xFFF)
        let low = 0b10 << 62 | UInt64.random(in: 0...(UInt64.max >> 2))
        return String(unsafeUninitializedCapacity: 36) { text in
            var written = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    text[written] = UInt8(ascii: "-")
                    written += 1
                }
                let word = nibble < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - nibble % 16 * 4)) & 0xF
                text[written] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                written += 1
            }
            return written
        }
    }
}
