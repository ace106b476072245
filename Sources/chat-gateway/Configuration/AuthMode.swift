/// Whether people have to show who they are.
enum AuthMode: String, CaseIterable, Sendable {
    /// Everybody may do everything.
    case open
    /// Rights come from JSON Web Tokens.
    case jwt
}
