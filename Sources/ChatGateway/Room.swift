/// The name of the place where people talk: 1 to 128 bytes of UTF-8 without control characters and without `/`.
///
/// A room exists as soon as somebody uses it; nothing has to be created first.
public struct Room: Hashable, Sendable {
    /// The name as people see it, after percent-decoding.
    public let name: String

    /// The longest name, in bytes of UTF-8.
    public static let maximumLength = 128

    /// Makes a room from a decoded name; nil where the name breaks the rules above.
    public init?(_ name: String) {
        let length = name.utf8.count
        guard length >= 1, length <= Self.maximumLength else { return nil }
        // Unicode's control characters are these bytes, and those that are C2 followed by 80 to 9F in UTF-8.
        var before: UInt8 = 0
        for byte in name.utf8 {
            if byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "/") { return nil }
            if before == 0xC2, byte < 0xA0 { return nil }
            before = byte
        }
        self.name = name
    }
}

extension Room: CustomStringConvertible {
    /// The name.
    public var description: String { name }
}

// Swift's strings are equal when their characters look alike, however they are composed. A room is named by bytes, as
// it is in Redis, or two rooms there would be one in a node.
extension Room {
    /// Whether the names are the same bytes.
    public static func == (left: Room, right: Room) -> Bool {
        left.name.utf8.elementsEqual(right.name.utf8)
    }

    /// Hashes the name's bytes.
    public func hash(into hasher: inout Hasher) {
        var name = name
        name.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension Room: Comparable {
    /// Whether the left name's bytes come first.
    public static func < (left: Room, right: Room) -> Bool {
        left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }
}
