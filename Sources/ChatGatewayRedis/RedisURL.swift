/// Where a Redis is and how to get in: `redis://[[user]:password@]host[:port][/database]`, or `rediss://` for TLS.
///
/// Its description never shows the password.
public struct RedisURL: Hashable, Sendable {
    /// Whether the connection is encrypted and Redis has to prove who it is: `rediss://`.
    ///
    /// Default false.
    public var isSecure = false
    /// Host name or address.
    public var host: String
    /// TCP port.
    ///
    /// Default 6379.
    public var port = 6379
    /// The name to log in with; Redis's default user if nil.
    public var user: String?
    /// The password; no login if nil.
    public var password: String?
    /// The number of the database.
    ///
    /// Default 0.
    public var database = 0

    /// Makes a URL of a host without login.
    public init(host: String, port: Int = 6379, database: Int = 0) {
        self.host = host
        self.port = port
        self.database = database
    }

    /// Reads a URL; special characters of user and password are percent-encoded in it.
    ///
    /// - Throws: What is wrong with it, without the password.
    public init(_ text: String) throws(RedisURLError) {
        guard let colon = text.firstRange(of: "://") else {
            throw RedisURLError("does not begin with redis:// or rediss://")
        }
        switch text[..<colon.lowerBound].lowercased() {
        case "redis": break
        case "rediss": isSecure = true
        default: throw RedisURLError("does not begin with redis:// or rediss://")
        }
        let rest = text[colon.upperBound...]
        guard !rest.contains("?"), !rest.contains("#") else { throw RedisURLError("has a query or a fragment") }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var address = rest[..<slash]
        if let at = address.lastIndex(of: "@") {
            let login = address[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard login.count == 2 else { throw RedisURLError("has a user without a password: user:password@") }
            guard let user = Self.decoded(login[0]), let password = Self.decoded(login[1]) else {
                throw RedisURLError("has broken percent-encoding in user or password")
            }
            guard !password.isEmpty else { throw RedisURLError("has an empty password") }
            self.user = user.isEmpty ? nil : user
            self.password = password
            address = address[address.index(after: at)...]
        }
        if address.hasPrefix("["), let end = address.firstIndex(of: "]") {
            host = String(address[address.index(after: address.startIndex)..<end])
            address = address[address.index(after: end)...]
            guard address.isEmpty || address.hasPrefix(":") else { throw RedisURLError("has no port behind the host") }
        } else {
            let end = address.firstIndex(of: ":") ?? address.endIndex
            host = String(address[..<end])
            address = address[end...]
        }
        guard !host.isEmpty else { throw RedisURLError("has no host") }
        if !address.isEmpty {
            guard let port = Self.number(address.dropFirst()), (1...65_535).contains(port) else {
                throw RedisURLError("has a port that is not between 1 and 65535")
            }
            self.port = port
        }
        let path = rest[slash...].dropFirst()
        if !path.isEmpty {
            guard let database = Self.number(path) else {
                throw RedisURLError("has a path that is not the number of a database")
            }
            self.database = database
        }
    }

    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension RedisURL: CustomStringConvertible {
    /// The URL with `***` for the password.
    public var description: String {
        let login = password.map { _ in "\(user ?? ""):***@" } ?? ""
        let address = host.contains(":") ? "[\(host)]" : host
        return "\(isSecure ? "rediss" : "redis")://\(login)\(address):\(port)/\(database)"
    }
}

/// Why a text is no ``RedisURL``: a phrase that follows the name of the option, without the password.
public struct RedisURLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The phrase.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
