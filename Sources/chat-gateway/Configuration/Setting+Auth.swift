import ChatGatewayJWT

extension Setting {
    /// The settings of who may do what.
    static let auth: [Setting] = [
        .choice(
            "auth",
            \.auth,
            \.auth.mode,
            "Whether people need a JSON Web Token, or everybody may do everything."
        ),
        .optional(
            "jwt-secret",
            \.jwtSecret,
            \.auth.secret,
            placeholder: "secret",
            rule: .secret,
            isSecret: true,
            shown: { _ in "(not shown)" },
            "The secret that HS256 tokens are signed with."
        )
        .live,
        .optional(
            "jwt-secret-file",
            \.jwtSecretFile,
            \.auth.secretFile,
            placeholder: "file",
            rule: .path,
            "The file that holds the secret instead."
        )
        .live,
        .optional(
            "jwt-key-file",
            \.jwtKeyFile,
            \.auth.keyFile,
            placeholder: "file",
            rule: .path,
            "Public keys or certificates in PEM, for RS256, ES256 and EdDSA."
        )
        .live,
        .optional(
            "jwt-jwks",
            \.jwtJwks,
            \.auth.keySet,
            placeholder: "url",
            rule: .keySet,
            isSecret: true,
            shown: { KeySetSource($0).description },
            "The JSON Web Key Set of whoever gives the tokens."
        ),
        .optional(
            "jwt-audience",
            \.jwtAudience,
            \.auth.audience,
            placeholder: "name",
            rule: .claim,
            "The aud that tokens must have."
        ),
        .optional(
            "jwt-issuer",
            \.jwtIssuer,
            \.auth.issuer,
            placeholder: "name",
            rule: .claim,
            "The iss that tokens must have."
        ),
        .optional(
            "auth-cookie",
            \.authCookie,
            \.auth.cookie,
            placeholder: "name",
            rule: .cookie,
            "The cookie that may hold a token; POSTs must then come from the gateway's own origin."
        ),
        .list(
            "anonymous-read",
            \.anonymousRead,
            \.auth.anonymousRead,
            placeholder: "pattern",
            rule: .roomPattern,
            standard: "none",
            "Rooms that may be read without a token; repeatable."
        ),
        .list(
            "anonymous-write",
            \.anonymousWrite,
            \.auth.anonymousWrite,
            placeholder: "pattern",
            rule: .roomPattern,
            standard: "none",
            "Rooms that may be written without a token; repeatable."
        ),
    ]

    /// A text that must follow a rule, or is not there.
    private static func optional(
        _ name: String,
        _ flag: KeyPath<ServeFlags, String?> & Sendable,
        _ path: WritableKeyPath<ServeConfiguration, String?> & Sendable,
        placeholder: String,
        rule: TextRule,
        isSecret: Bool = false,
        shown: @escaping @Sendable (String) -> String = { $0 },
        _ summary: String
    ) -> Setting {
        Setting(
            name: name,
            flag: .single(flag),
            placeholder: placeholder,
            summary: summary,
            allowed: rule.words,
            standard: "none",
            isSecret: isSecret,
            type: .string,
            take: { content, configuration throws(Unfit) in
                guard rule.allows(content.text) else {
                    throw Unfit(reason: "\(isSecret ? "what stands there" : content.quoted) is not \(rule.words)")
                }
                configuration[keyPath: path] = content.text
            },
            show: { configuration in
                guard let text = configuration[keyPath: path] else { return .null }
                return .string(shown(text))
            },
            hidesChange: { $0[keyPath: path] != $1[keyPath: path] },
        )
    }
}
