/// Who somebody is and what he may do, as a token said that was found valid.
public struct Identity: Hashable, Sendable {
    /// The user's name, 1 to 256 bytes without control characters.
    public var user: String
    /// What the user may do beyond what everybody may.
    public var permission: Permission
    /// When this ends, in milliseconds since 1970.
    public var expires: UInt64

    /// Makes an identity; nil where the name breaks the rules above.
    public init?(user: String, permission: Permission, expires: UInt64) {
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
