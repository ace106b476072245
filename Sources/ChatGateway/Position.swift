/// A place in the order of all messages of a shard, written `milliseconds-sequence`.
///
/// Positions strictly increase over all rooms of a shard, so that one of them marks how far a stream has come in any
/// number of its rooms.
public struct Position: Hashable, Sendable {
    /// The broker's clock when the position was given, in milliseconds since 1970, or later where its clock stood still.
    public var milliseconds: UInt64
    /// Tells positions of one millisecond apart.
    public var sequence: UInt64

    /// Before every message.
    public static let zero = Position(milliseconds: 0, sequence: 0)
    /// Behind every message.
    public static let last = Position(milliseconds: .max, sequence: .max)

    /// Makes a position from its two numbers.
    public init(milliseconds: UInt64, sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    /// The lowest position behind this one.
    var following: Position { Position(milliseconds: milliseconds, sequence: sequence + 1) }

    /// A position before this one and behind all that are given before it.
    package var preceding: Position {
        if sequence > 0 { return Position(milliseconds: milliseconds, sequence: sequence - 1) }
        return milliseconds > 0 ? Position(milliseconds: milliseconds - 1, sequence: 1 << 53) : self
    }

    /// Reads `milliseconds-sequence` in plain decimal; nil for anything else, leading zeros and numbers beyond 2^53 included.
    public init?(_ text: some StringProtocol) {
        var text = String(text)
        guard let position = text.withUTF8({ Position($0.span) }) else { return nil }
        self = position
    }

    /// Reads the same from bytes, as every message brings some.
    package init?(_ text: Span<UInt8>) {
        guard let dash = text.indices.first(where: { text[$0] == UInt8(ascii: "-") }),
            let milliseconds = Self.number(text.extracting(..<dash)),
            let sequence = Self.number(text.extracting((dash + 1)...))
        else { return nil }
        self.init(milliseconds: milliseconds, sequence: sequence)
    }

    /// The position that follows when the clock shows `now`: the clock's, or one step on where the clock is behind.
    public func next(now: UInt64) -> Position {
        now > milliseconds
            ? Position(milliseconds: now, sequence: 0)
            : Position(milliseconds: milliseconds, sequence: sequence + 1)
    }

    // Redis's scripts compute in doubles, so that a number beyond 2^53 cannot have come from this gateway.
    private static func number(_ digits: Span<UInt8>) -> UInt64? {
        guard !digits.isEmpty, digits.count <= 16 else { return nil }
        // Two texts of one position would be two cursors to whoever compares texts.
        if digits[0] == UInt8(ascii: "0"), digits.count > 1 { return nil }
        var value: UInt64 = 0
        for index in digits.indices {
            let digit = digits[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value * 10 + UInt64(digit)
        }
        return value <= 1 << 53 ? value : nil
    }
}

extension Position: Comparable {
    /// Orders by milliseconds, then by sequence.
    @inlinable
    public static func < (left: Position, right: Position) -> Bool {
        left.milliseconds == right.milliseconds
            ? left.sequence < right.sequence
            : left.milliseconds < right.milliseconds
    }
}

extension Position: CustomStringConvertible {
    /// `milliseconds-sequence`.
    public var description: String { "\(milliseconds)-\(sequence)" }
}
