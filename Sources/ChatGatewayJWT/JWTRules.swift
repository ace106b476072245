/// What tokens must say beside who sends them.
public struct JWTRules: Hashable, Sendable {
    /// The `aud` that a token must have.
    ///
    /// Default: any or none.
    public var audience: String?
    /// The `iss` that a token must have.
    ///
    /// Default: any or none.
    public var issuer: String?
    /// How often a key set is fetched.
    ///
    /// Default 5 min.
    public var refresh: Duration = .seconds(300)
    /// How long at least between two fetches because of a key that is not in the set.
    ///
    /// Default 10 s.
    public var pause: Duration = .seconds(10)

    /// Makes rules of defaults.
    public init() {}
}
