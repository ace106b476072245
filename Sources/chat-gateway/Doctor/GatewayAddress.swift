import Foundation

/// Where browsers find a gateway.
struct GatewayAddress: Hashable, Sendable {
    /// Scheme, host and port, as a page's `Origin` names them.
    let origin: String
    /// What stands in front of every path; without a slash at its end.
    let prefix: String

    /// Reads `http://host[:port][/prefix]`, or the same with `https`; nil for anything else.
    init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let parts = URLComponents(string: text),
            ["http", "https"].contains(parts.scheme?.lowercased()), parts.host?.isEmpty == false,
            parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil,
            (1...65_535).contains(parts.port ?? 1)
        else { return nil }
        var path = parts.percentEncodedPath
        guard text.hasSuffix(path) else { return nil }
        origin = text.dropLast(path.count).lowercased()
        while path.last == "/" { path.removeLast() }
        prefix = path
    }

    /// Whether TLS is spoken.
    var isSecure: Bool { origin.hasPrefix("https:") }

    /// The URL of one of the gateway's paths.
    func url(_ path: String) -> String { origin + prefix + path }

    /// The URL of something in a room.
    func url(_ part: String, of room: String) -> String { url("/rooms/\(Self.encoded(room))/\(part)") }

    /// A text as it stands in a path or a query.
    static func encoded(_ text: String) -> String {
        let kept = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: kept) ?? ""
    }
}
