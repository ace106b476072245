/// Names rooms: `general` one, `team-*` all that begin so, `inbox-{sub}` one for each user.
///
/// `*` stands for any text, also for none, anywhere and repeatedly; `{sub}` for the user's name as it is, so that a `*`
/// in a name has no meaning. Everything else stands for itself, byte by byte. Matching takes at most the product of
/// both lengths.
public struct RoomPattern: Hashable, Sendable {
    /// The longest pattern, in bytes of UTF-8.
    public static let maximumLength = 256

    private enum Piece: Hashable {
        case text([UInt8])
        case user
    }

    /// The pattern as it was written.
    public let text: String
    /// What stands between the `*`, at least one run.
    private let runs: [[Piece]]

    /// Names all rooms: `*`.
    public static let every = RoomPattern(text: "*", runs: [[], []])

    private init(text: String, runs: [[Piece]]) {
        self.text = text
        self.runs = runs
    }

    /// Reads a pattern; nil where it is empty or too long, or has `/`, a control character, or a brace that is not
    /// part of `{sub}`.
    public init?(_ text: String) {
        guard (1...Self.maximumLength).contains(text.utf8.count) else { return nil }
        for scalar in text.unicodeScalars where scalar == "/" || scalar.properties.generalCategory == .control {
            return nil
        }
        var runs: [[Piece]] = [[]]
        var rest = Array(text.utf8)[...]
        let user = Array("{sub}".utf8)
        while let byte = rest.first {
            if byte == UInt8(ascii: "*") {
                runs.append([])
                rest.removeFirst()
            } else if rest.starts(with: user) {
                runs[runs.count - 1].append(.user)
                rest = rest.dropFirst(user.count)
            } else {
                let literal = rest.prefix { $0 != UInt8(ascii: "*") && $0 != UInt8(ascii: "{") }
                guard !literal.isEmpty, !literal.contains(UInt8(ascii: "}")) else { return nil }
                runs[runs.count - 1].append(.text(Array(literal)))
                rest = rest.dropFirst(literal.count)
            }
        }
        self.text = text
        self.runs = runs
    }

    /// Whether the pattern names a room for a user; with `{sub}` never for somebody without a name.
    public func matches(_ room: Room, user: String?) -> Bool {
        // The common case needs no copies.
        if self.runs.count == 1, self.runs[0].count == 1, case .text(let text) = self.runs[0][0] {
            return room.name.utf8.elementsEqual(text)
        }
        var runs: [[UInt8]] = []
        for run in self.runs {
            var bytes: [UInt8] = []
            for piece in run {
                switch piece {
                case .text(let text): bytes += text
                case .user:
                    guard let user else { return false }
                    bytes += Array(user.utf8)
                }
            }
            runs.append(bytes)
        }
        var name = Array(room.name.utf8)[...]
        guard let first = runs.first, let last = runs.last else { return false }
        guard runs.count > 1 else { return name.elementsEqual(first) }
        guard name.count >= first.count + last.count, name.starts(with: first),
            name.suffix(last.count).elementsEqual(last)
        else { return false }
        name = name.dropFirst(first.count).dropLast(last.count)
        // The leftmost place of each is as good as any.
        for run in runs.dropFirst().dropLast() {
            guard let end = Self.end(of: run, in: name) else { return false }
            name = name[end...]
        }
        return true
    }

    private static func end(of run: [UInt8], in name: ArraySlice<UInt8>) -> Int? {
        var start = name.startIndex
        while name.endIndex - start >= run.count {
            if name[start...].starts(with: run) { return start + run.count }
            start += 1
        }
        return nil
    }

    /// Whether both are the same bytes: Swift's strings are equal when they look alike.
    public static func == (left: RoomPattern, right: RoomPattern) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    /// Hashes the pattern's bytes.
    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}
