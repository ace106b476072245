import Hummingbird
import NIOCore

extension AccessControl {
    /// Whoever sends a request, where he shows who he is.
    func identity(of request: Request) async throws(Problem) -> Identity? {
        let credentials = try Credentials(request.headers, cookie: access.cookie)
        let token: String
        switch credentials {
        case .token(let text): token = text
        case .cookie(let text):
            // Whatever page has the browser send a request, the cookie comes along.
            guard request.method != .post || source(of: request).isSameOrigin else { throw .otherOrigin }
            token = text
        case .none, .ticket, .resume: return nil
        }
        var judgement = access.authorizer.judge(token)
        if judgement == .undecided { judgement = await access.authorizer.judgeAnew(token) }
        switch judgement {
        case .accepted(let identity):
            guard !bars.contains(identity.user) else {
                metrics.barredRequest()
                throw .barred
            }
            return identity
        case .refused(let reason): throw .badToken(reason)
        case .undecided: throw .noKeys
        }
    }

    /// Lets a request pass that wants to do something in a room; returns who sends it, where that is known.
    func permit(_ right: Permission.Right, in room: Room, _ request: Request) async throws(Problem) -> Identity? {
        let identity = try await identity(of: request)
        guard allows(right, in: room, identity) else { throw .notAllowed(right, isKnown: identity != nil) }
        return identity
    }

    /// Makes a ticket for a user; returns it with the end of its time, in milliseconds since 1970.
    func ticket(for identity: Identity) async throws(Problem) -> (ticket: Ticket, expires: UInt64) {
        var grant = StreamGrant(identity)
        let now = clock()
        if grant.expires == .max { grant.expires = now + Self.longestGrant }
        if resumes.secret == nil { _ = await exchange() }
        guard let tag = resumes.tag(of: grant) else {
            throw .unavailable(
                BrokerError(stored: .no, reason: "the nodes' shared secret cannot be had"),
                writing: false
            )
        }
        let ticket = Ticket(tag: tag)
        let expires = min(grant.expires, now + UInt64(Self.ticketTime.components.seconds) * 1000)
        var bytes = ByteBuffer()
        grant.write(to: &bytes)
        do throws(BrokerError) {
            try await access.tickets.keep(bytes, as: ticket.name, for: Self.ticketTime)
        } catch {
            throw .unavailable(error, writing: false)
        }
        return (ticket, expires)
    }

    private func source(of request: Request) -> RequestSource {
        RequestSource(
            origin: request.headers[.origin],
            authority: request.head.authority,
            isSecure: RequestSource.isSecure(
                isTLS: isTLS,
                forwardedProtocol: request.headers.first {
                    $0.name.canonicalName == RequestSource.forwardedProtocolField
                }?
                .value
            )
        )
    }
}
