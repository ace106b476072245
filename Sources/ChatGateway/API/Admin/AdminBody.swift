import NIOCore

/// The body of a request to the admin routes: a JSON object of members that the route knows.
struct AdminBody {
    private let bytes: ByteBuffer
    private let members: [JSONScanner.Member]

    /// Reads a body; a member too many is a mistake, as it may be a mistyped one.
    init(_ bytes: ByteBuffer, allowed: Set<JSONMemberName>) throws(Problem) {
        var scanner = JSONScanner()
        do throws(JSONError) {
            try scanner.scanObjectDocument(bytes.readableBytesUInt8Span)
        } catch {
            throw .badRequest(MessageBodyError.json(error).detail)
        }
        // Only members that the gateway knows are listed: others show as what these leave over.
        let known = scanner.members.filter { allowed.contains($0.name) }
        let rest = scanner.content.count - known.reduce(0) { $0 + $1.whole.count }
        let spaces = scanner.spaces.filter { space in
            scanner.content.contains(space.lowerBound)
                && !known.contains { $0.whole.contains(space.lowerBound) }
        }
        guard rest == spaces.reduce(0, { $0 + $1.count }) else {
            throw .badRequest("The body has a member that this path does not know")
        }
        self.bytes = bytes
        members = known
    }

    /// The text of a member; nil where there is none, and an error where it is no text.
    func text(_ name: JSONMemberName) throws(Problem) -> String? {
        guard let member = members.first(where: { $0.name == name }) else { return nil }
        guard let text = JSONNames.unescaped(stringAt: member.value, in: bytes.readableBytesUInt8Span) else {
            throw .badRequest("“\(name)” must be a string")
        }
        return text
    }

    /// The bytes of a member's value.
    func value(_ name: JSONMemberName) -> ByteBuffer? {
        guard let member = members.first(where: { $0.name == name }) else { return nil }
        return bytes.getSlice(at: bytes.readerIndex + member.value.lowerBound, length: member.value.count)
    }
}
