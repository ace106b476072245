/// A server to test, as `--url` names it.
struct BenchTarget: Hashable, Sendable {
    let host: String
    let port: Int
    /// What stands in front of every path; without a slash at its end.
    let prefix: String
    /// The value of the `Host` field.
    let authority: String

    /// Reads `http://host[:port][/prefix]`; nil for anything else.
    init?(_ url: String) {
        let scheme = "http://"
        guard url.lowercased().hasPrefix(scheme), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@"), !rest.contains("?"), !rest.contains("#") else { return nil }
        var path = rest.dropFirst(authority.count)
        while path.last == "/" { path = path.dropLast() }
        prefix = String(path)
        var name = authority
        var number = "80"[...]
        if let colon = authority.lastIndex(of: ":"), authority.last != "]" {
            name = authority[..<colon]
            number = authority[authority.index(after: colon)...]
        }
        if name.first == "[", name.last == "]" { name = name.dropFirst().dropLast() }
        guard !name.isEmpty, let value = Int(number), (1...65_535).contains(value) else { return nil }
        host = String(name)
        port = value
        self.authority = name.contains(":") ? "[\(name)]:\(value)" : "\(name):\(value)"
    }
}
