extension Problem {
    /// A token that is not accepted; why, in one sentence.
    static func badToken(_ reason: String) -> Problem {
        Problem(status: .unauthorized, detail: reason, headers: [challenge("invalid_token")])
    }

    static let badTicket = badToken("The ticket is used, too old, or was never given")

    static let badResume = badToken("The resume token is not one of this gateway")

    static let noToken = Problem(
        status: .unauthorized,
        detail: "This takes a token",
        headers: [Header(name: "WWW-Authenticate", value: "Bearer")]
    )

    /// A right is missing: somebody without a token may have it with one.
    static func notAllowed(_ right: Permission.Right, isKnown: Bool) -> Problem {
        guard isKnown else { return noToken }
        return Problem(
            status: .forbidden,
            detail: right == .read ? "The token does not allow reading here" : "The token does not allow writing here",
            headers: [challenge("insufficient_scope")]
        )
    }

    static let otherOrigin = Problem(
        status: .forbidden,
        detail: "A POST with a cookie must come from a page of the gateway's own origin"
    )

    static let noKeys = Problem(
        status: .serviceUnavailable,
        detail: "The keys that tokens are judged by cannot be had now",
        headers: [Header(name: "Retry-After", value: "1")],
        stored: .no
    )

    private static func challenge(_ error: String) -> Header {
        Header(name: "WWW-Authenticate", value: "Bearer error=\"\(error)\"")
    }
}
