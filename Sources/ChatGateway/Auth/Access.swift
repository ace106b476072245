/// Who may do what on a node; a node that was given none is open to everybody.
public struct Access: Sendable {
    /// Judges tokens.
    public var authorizer: any Authorizer
    /// Where tickets wait until they are used; the same for all nodes of a gateway.
    public var tickets: any TicketStore
    /// What everybody may do, with and without a token.
    ///
    /// Default: nothing.
    public var anonymous = Permission()
    /// The name of the cookie that may hold a token instead of the field `Authorization`; nil for none.
    ///
    /// With it a POST must come from a page of the gateway's own origin. Default: none.
    public var cookie: String?
    /// Gives what the keys are made from that sign resume tokens, the same on all nodes, at least 32 bytes.
    ///
    /// Asked whenever one is signed or checked; another secret ends the tokens of the one before. Default, and where it
    /// gives none: a random one that nodes share through ``tickets``.
    public var resumeSecret: @Sendable () -> [UInt8]? = { nil }

    /// Makes access rules.
    ///
    /// - Parameters:
    ///   - authorizer: Judges tokens.
    ///   - tickets: Where tickets wait. Default: the memory of the process, for a gateway that is one node.
    public init(authorizer: any Authorizer, tickets: any TicketStore = LocalTicketStore()) {
        self.authorizer = authorizer
        self.tickets = tickets
    }
}
