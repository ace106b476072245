/// Who somebody is and what he may do, as a token said that was found valid.
public struct Identity: Hashable, Sendable {
    /// The user's name, 1 to 256 bytes without control characters.
    public var user: String
    /// What the user may do beyond what everybody may.
    public var permission: Permission
    /// When this ends, in milliseconds since 1970.
    public var expires: UInt64
    /// What else the authorizer knows of the user, for a ``MessageFilter``; the gateway itself never looks at it.
    ///
    /// Default: nothing.
    public var claims: [String: String] = [:]

    /// Makes an identity; nil where the name breaks the rules above.
    ///
    /// - Parameters:
    ///   - user: The user's name.
    ///   - permission: What the user may do.
    ///   - expires: When this ends, in milliseconds since 1970, and every stream with it. Default: never; then a stream
    ///     stays open whatever becomes of its token, and one that was opened with a ticket can come back for 24 hours
    ///     without another: a logout needs a bar (``Gateway/disconnect(user:bar:)``).
    public init?(user: String, permission: Permission, expires: UInt64 = .max) {
        guard Self.allows(user: user) else { return nil }
        self.user = user
        self.permission = permission
        self.expires = expires
    }

    static func allows(user: String) -> Bool {
        (1...256).contains(user.utf8.count)
            && user.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}
