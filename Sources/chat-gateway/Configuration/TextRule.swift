import ChatGateway
import ChatGatewayJWT
import Foundation

/// What a text must look like.
struct TextRule: Sendable {
    /// What follows the rule, to stand behind "is not".
    let words: String
    /// Whether a text follows it.
    let allows: @Sendable (String) -> Bool

    /// A host name or an address, IPv6 without brackets.
    static let host = TextRule(words: "a host name or an address") { text in
        (1...253).contains(text.utf8.count) && text.utf8.allSatisfy { isAlphanumeric($0) || ".:-_%".utf8.contains($0) }
    }

    /// The name of a node.
    static let node = TextRule(words: "1 to 64 letters, digits, '.', '_' or '-'") { text in
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
    }

    /// What names in Redis begin with: without braces, which have a meaning there.
    static let prefix = TextRule(words: "1 to 64 letters, digits, '.', '_', '-' or ':'") { text in
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { isAlphanumeric($0) || "._-:".utf8.contains($0) }
    }

    /// The name of a room.
    static let room = TextRule(words: "a room: 1 to \(Room.maximumLength) bytes without '/' and control characters") {
        Room($0) != nil
    }

    /// A block of addresses.
    static let network = TextRule(words: "an address, or a block of addresses such as 10.0.0.0/8") {
        AddressRange($0) != nil
    }

    /// A key that cannot be guessed and can stand in a header field.
    static let key = TextRule(words: "16 to 256 visible ASCII characters") { text in
        (16...256).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    /// An origin exactly as browsers send it, since it is compared as text; or `*`.
    static let origin = TextRule(
        words: "* or scheme://host[:port] in lower case, without the scheme's own port and without a path"
    ) { text in
        text == "*" || isOrigin(text)
    }

    /// A secret that others cannot try out.
    static let secret = TextRule(words: "at least \(VerificationKey.shortestSecret) bytes") { text in
        text.utf8.count >= VerificationKey.shortestSecret
    }

    /// A path of a file.
    static let path = TextRule(words: "the path of a file") { text in
        (1...4096).contains(text.utf8.count) && !text.utf8.contains(0)
    }

    /// Where a key set is.
    static let keySet = TextRule(words: "a URL that begins with https:// or http://, or the path of a file") { text in
        switch KeySetSource(text) {
        case .url(let text): URL(string: text)?.host().map { !$0.isEmpty } ?? false
        case .file(let path): TextRule.path.allows(path) && !path.contains("://")
        }
    }

    /// What a claim may be compared with.
    static let claim = TextRule(words: "1 to 1024 bytes") { (1...1024).contains($0.utf8.count) }

    /// The name of a cookie: a token of HTTP.
    static let cookie = TextRule(words: "1 to 64 letters, digits, '_', '-' or '.'") { text in
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { isAlphanumeric($0) || "_-.".utf8.contains($0) }
    }

    /// Rooms by their names' parts.
    static let roomPattern = TextRule(words: "a room, with * for any text: 1 to 256 bytes without '/'") {
        RoomPattern($0) != nil
    }

    private static func isOrigin(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8),
            let first = bytes.first, isLowercase(first),
            bytes[..<colon].allSatisfy({ isLowercase($0) || isDigit($0) || "+.-".utf8.contains($0) })
        else { return false }
        let authority = bytes[(colon + 3)...]
        let host: ArraySlice<UInt8>
        if authority.first == UInt8(ascii: "[") {
            guard let end = authority.firstIndex(of: UInt8(ascii: "]")) else { return false }
            host = authority[...end]
            let address = host.dropFirst().dropLast()
            guard !address.isEmpty,
                address.allSatisfy({
                    isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) || ":.".utf8.contains($0)
                })
            else { return false }
        } else {
            host = authority.prefix { $0 != UInt8(ascii: ":") }
            guard !host.isEmpty, host.count <= 253,
                host.allSatisfy({ isLowercase($0) || isDigit($0) || ".-_".utf8.contains($0) })
            else { return false }
        }
        let port = authority.dropFirst(host.count)
        guard !port.isEmpty else { return true }
        let digits = port.dropFirst()
        guard port.first == UInt8(ascii: ":"), digits.allSatisfy(isDigit), digits.first != UInt8(ascii: "0"),
            let number = Int(String(decoding: digits, as: UTF8.self)), number <= 65_535
        else { return false }
        return !(text.hasPrefix("http://") && number == 80 || text.hasPrefix("https://") && number == 443)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isLowercase(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLowercase(byte | 0x20)
    }
}
