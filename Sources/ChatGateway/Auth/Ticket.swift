import Crypto

/// What a client that cannot send header fields puts into a stream's URL, once.
///
/// 22 random characters, and 8 that all tickets of the same rights have in common: they name the cookie that brings
/// such a stream back.
struct Ticket: Hashable, Sendable {
    let text: String

    private static let secretLength = 22
    static let tagLength = 8

    /// Makes a ticket that nobody can guess.
    init(tag: String) {
        var generator = SystemRandomNumberGenerator()
        text = Base64URL.encode((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }) + tag
    }

    /// Takes what a client presents; nil where it cannot be a ticket.
    init?(_ text: String) {
        guard text.utf8.count == Self.secretLength + Self.tagLength, Base64URL.decode(text.utf8.prefix(22)) != nil,
            Base64URL.decode(text.utf8.suffix(8)) != nil
        else { return nil }
        self.text = text
    }

    var tag: String { String(text.suffix(Self.tagLength)) }

    /// What the ticket is kept under: whoever sees the store cannot use it.
    var name: String { Base64URL.encode(SHA256.hash(data: Array(text.utf8))) }
}
