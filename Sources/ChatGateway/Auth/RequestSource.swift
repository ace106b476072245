/// Where a request comes from, as far as its fields tell.
struct RequestSource: Hashable, Sendable {
    /// The field in which proxies say how a client came.
    static let forwardedProtocolField = "x-forwarded-proto"

    /// The field `Origin`.
    var origin: String?
    /// The host that the client asked for, with a port unless it is the scheme's own.
    var authority: String?
    /// Whether the client came by TLS.
    var isSecure: Bool

    /// Whether the client came by TLS: to this node, or to the proxy before it.
    ///
    /// What a client itself may claim here only makes its own cookies and origins stricter.
    static func isSecure(isTLS: Bool, forwardedProtocol: String?) -> Bool {
        isTLS || forwardedProtocol?.lowercased() == "https"
    }

    /// Whether a page of the gateway's own origin has sent it.
    var isSameOrigin: Bool {
        guard let origin, let authority, let mark = origin.firstRange(of: "://") else { return false }
        let scheme = origin[..<mark.lowerBound].lowercased()
        guard scheme == "https" || scheme == "http" && !isSecure else { return false }
        return origin[mark.upperBound...].lowercased() == authority.lowercased()
    }
}
