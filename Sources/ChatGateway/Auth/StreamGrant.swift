import NIOCore

/// What a ticket or a resume token stands for: a user who may listen, where, and until when.
struct StreamGrant: Hashable, Sendable {
    var user: String
    var read: [RoomPattern]
    /// Milliseconds since 1970.
    var expires: UInt64

    init(_ identity: Identity) {
        user = identity.user
        read = identity.permission.read
        expires = identity.expires
    }

    /// The user as a listener: no right to write comes out of a URL.
    var identity: Identity? {
        Identity(user: user, permission: Permission(read: read), expires: expires)
    }

    // MARK: Bytes

    private static let version: UInt8 = 1

    /// Who and where, without when: equal for all tickets of the same rights.
    var rights: ByteBuffer {
        var bytes = ByteBuffer()
        for text in [user] + read.map(\.text) {
            bytes.writeInteger(UInt16(clamping: text.utf8.count))
            bytes.writeString(text)
        }
        return bytes
    }

    func write(to bytes: inout ByteBuffer) {
        bytes.writeInteger(Self.version)
        bytes.writeInteger(expires)
        bytes.writeImmutableBuffer(rights)
    }

    /// Reads all bytes; nil where they are not what ``write(to:)`` wrote.
    init?(_ bytes: ByteBuffer) {
        var bytes = bytes
        guard bytes.readInteger(as: UInt8.self) == Self.version, let expires = bytes.readInteger(as: UInt64.self) else {
            return nil
        }
        var texts: [String] = []
        while bytes.readableBytes > 0 {
            guard let length = bytes.readInteger(as: UInt16.self), let text = bytes.readString(length: Int(length))
            else {
                return nil
            }
            texts.append(text)
        }
        guard let user = texts.first, Identity.allows(user: user) else { return nil }
        let read = texts.dropFirst().compactMap { RoomPattern($0) }
        guard read.count == texts.count - 1 else { return nil }
        (self.user, self.read, self.expires) = (user, read, expires)
    }
}
