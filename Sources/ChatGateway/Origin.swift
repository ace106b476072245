/// Where a message comes from, as far as it matters to streams that do not want their own messages back.
///
/// It travels beside the message, to nodes alone: whoever knew a stream's id could keep messages from it.
public struct Origin: Hashable, Sendable {
    /// The sender's own stream; nil where he has named none.
    public var stream: UInt64?
    /// Whether the message's `user` is a mere claim on a gateway that knows its users.
    public var isAnonymous: Bool

    /// Makes an origin; nil where there is nothing to say.
    public init?(stream: UInt64?, isAnonymous: Bool) {
        guard stream != nil || isAnonymous else { return nil }
        self.stream = stream
        self.isAnonymous = isAnonymous
    }

    /// The number of a stream whose id, as `ready` tells it, this is; nil for anything else.
    public static func stream(id: some StringProtocol) -> UInt64? {
        // A sign would be read too.
        guard id.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
        return UInt64(id, radix: 36)
    }
}

extension Origin: LosslessStringConvertible {
    /// Reads what ``description`` writes; nil for anything else.
    public init?(_ description: String) {
        let isAnonymous = description.utf8.last == UInt8(ascii: "?")
        let id = isAnonymous ? description.dropLast() : description[...]
        let stream = Self.stream(id: id)
        guard stream != nil || id.isEmpty else { return nil }
        self.init(stream: stream, isAnonymous: isAnonymous)
    }

    /// The stream's id, and `?` for a claim: at most 14 characters.
    public var description: String {
        (stream.map { String($0, radix: 36) } ?? "") + (isAnonymous ? "?" : "")
    }
}
