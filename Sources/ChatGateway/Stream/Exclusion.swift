import NIOCore

/// What a stream leaves out: the messages of whoever holds it.
struct Exclusion: Hashable, Sendable {
    /// The stream itself, which its holder names when he posts.
    var stream: UInt64
    /// The key of his name; ``Author/nobody`` where that is not known.
    var author: Int

    init(stream: UInt64, user: String?) {
        self.stream = stream
        author = user.map { Author.key(of: $0) } ?? Author.nobody
    }

    /// Whether a message is left out.
    func covers(_ origin: Origin?, author: Int) -> Bool {
        (origin.map { $0.stream == stream } ?? false) || (author == self.author && author != Author.nobody)
    }
}

/// Who has written a message, as a number: names are long, and compared for every stream.
enum Author {
    /// Stands for a message without a user.
    static let nobody = 0

    /// The key of a name, with this process's own seed, so that nobody outside can choose names that collide.
    static func key(of user: String) -> Int {
        var hasher = Hasher()
        var user = user
        user.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        return hasher.finalize() | 1
    }

    /// The key of the user whom a frame's message names.
    static func key(ofFrame frame: ByteBuffer) -> Int {
        var rest = frame
        rest.moveReaderIndex(forwardBy: min("data: ".utf8.count, rest.readableBytes))
        let view = rest.readableBytesView
        guard let end = view.firstIndex(of: UInt8(ascii: "\n")),
            let body = rest.readSlice(length: end - view.startIndex)
        else { return nobody }
        var scanner = JSONScanner()
        let bytes = body.readableBytesUInt8Span
        guard (try? scanner.scanObjectDocument(bytes)) != nil,
            let member = scanner.members.first(where: { $0.name == .user }),
            let user = JSONNames.unescaped(stringAt: member.value, in: bytes)
        else { return nobody }
        return key(of: user)
    }
}
