/// Takes an input apart into numbers and texts; behind its end everything is zero and empty.
struct FuzzInput {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    /// Whether nothing is left.
    var isEmpty: Bool { rest.isEmpty }

    /// The next byte.
    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// The next so many bytes, or what there is.
    mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// A number of one to eight bytes.
    mutating func number() -> UInt64 {
        bytes(Int(byte() % 8) + 1).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A text of at most 255 bytes; what is no UTF-8 in it becomes U+FFFD.
    mutating func text() -> String {
        String(decoding: bytes(Int(byte())), as: UTF8.self)
    }
}
