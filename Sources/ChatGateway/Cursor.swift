/// The name of one history of one broker: positions of different epochs cannot be compared.
///
/// 1 to 32 ASCII letters and digits.
public struct Epoch: Hashable, Sendable {
    /// The name itself.
    public let name: String

    /// Takes a name over; nil where it has other characters than letters and digits, none, or more than 32.
    public init?(_ name: some StringProtocol) {
        guard (1...32).contains(name.utf8.count), name.utf8.allSatisfy(Self.allows) else { return nil }
        self.name = String(name)
    }

    /// Makes a new name that nobody has used: 16 random letters and digits.
    public static func random() -> Epoch {
        let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
        let bytes = (0..<16).map { _ in alphabet[Int.random(in: alphabet.indices)] }
        return Epoch(unchecked: String(decoding: bytes, as: UTF8.self))
    }

    private init(unchecked name: String) {
        self.name = name
    }

    private static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}

extension Epoch: CustomStringConvertible {
    /// The name.
    public var description: String { name }
}

/// A position in the log that a listener can take from node to node: what the `id:` line of an event carries.
///
/// It says: everything up to here, in all rooms of the stream, was delivered, told as a gap, or not asked for.
/// Written `epoch.milliseconds-sequence`; for listeners it is opaque.
public struct Cursor: Hashable, Sendable {
    /// The history that the position belongs to.
    public var epoch: Epoch
    /// The place in that history.
    public var position: Position

    /// Makes a cursor from its parts.
    public init(epoch: Epoch, position: Position) {
        self.epoch = epoch
        self.position = position
    }

    /// Reads what ``description`` wrote; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 80, let dot = text.utf8.firstIndex(of: UInt8(ascii: ".")),
            let epoch = Epoch(text[..<dot]), let position = Position(text[text.utf8.index(after: dot)...])
        else { return nil }
        self.init(epoch: epoch, position: position)
    }
}

extension Cursor: CustomStringConvertible {
    /// `epoch.milliseconds-sequence`.
    public var description: String { "\(epoch).\(position)" }
}
