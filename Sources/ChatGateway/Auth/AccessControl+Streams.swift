import NIOCore

extension AccessControl {
    /// Decides by what is at hand.
    func admit(_ request: StreamRequest, _ credentials: Credentials) -> Opening {
        switch credentials {
        case .none: return open(request, nil)
        case .token(let token), .cookie(let token):
            switch access.authorizer.judge(token) {
            case .accepted(let identity): return open(request, identity)
            case .refused(let reason): return .refuse(.badToken(reason))
            case .undecided: return .ask
            }
        case .ticket: return .ask
        case .resume(let token):
            switch resumes.read(token) {
            case .grant(let grant, let tag): return open(request, grant, tag: tag, setsCookie: false)
            case .unknownKey: return .ask
            case .forged: return .refuse(.badResume)
            }
        }
    }

    /// Decides after asking whoever knows; within 6 seconds, and never with `ask`.
    func admitAnew(_ request: StreamRequest, _ credentials: Credentials) async -> Opening {
        do throws(Unavailable) {
            switch credentials {
            case .none: return open(request, nil)
            case .token(let token), .cookie(let token):
                switch await access.authorizer.judgeAnew(token) {
                case .accepted(let identity): return open(request, identity)
                case .refused(let reason): return .refuse(.badToken(reason))
                case .undecided: return .postpone
                }
            case .ticket(let ticket, let cookie, let resume):
                return try await open(request, ticket, cookie: cookie, resume: resume)
            case .resume(let token):
                guard let (grant, tag) = try await read(token) else { return .refuse(.badResume) }
                return open(request, grant, tag: tag, setsCookie: false)
            }
        } catch {
            return .postpone
        }
    }

    // MARK: Tickets

    /// The ticket is taken out first, also where a cookie would do: it must not lie around for others.
    private func open(
        _ request: StreamRequest,
        _ ticket: Ticket,
        cookie: String?,
        resume: String?
    ) async throws(Unavailable) -> Opening {
        let kept: ByteBuffer?
        do throws(BrokerError) {
            kept = try await access.tickets.take(ticket.name)
        } catch {
            throw Unavailable()
        }
        if resumes.secret == nil { try await exchangeIfDue() }
        if let grant = kept.flatMap({ StreamGrant($0) }) {
            return open(request, grant, tag: ticket.tag, setsCookie: true)
        }
        if let cookie, let (grant, tag) = try await read(cookie), tag == ticket.tag {
            return open(request, grant, tag: tag, setsCookie: true)
        }
        if let resume, let (grant, tag) = try await read(resume) {
            return open(request, grant, tag: tag, setsCookie: false)
        }
        return .refuse(.badTicket)
    }

    private func read(_ token: String) async throws(Unavailable) -> (StreamGrant, tag: String)? {
        var reading = resumes.read(token)
        if reading == .unknownKey {
            try await exchangeIfDue()
            reading = resumes.read(token)
        }
        guard case .grant(let grant, let tag) = reading else { return nil }
        return (grant, tag)
    }

    private func open(_ request: StreamRequest, _ grant: StreamGrant, tag: String, setsCookie: Bool) -> Opening {
        let now = clock()
        guard grant.expires > now else { return .refuse(.badToken("What the ticket was given for has expired")) }
        guard case .open(var request, _) = open(request, grant.identity) else { return open(request, grant.identity) }
        guard let token = resumes.token(for: grant, tag: tag) else { return .postpone }
        request.resume = token
        guard setsCookie, token.utf8.count <= ResumeCookie.maximumLength else { return .open(request, cookie: nil) }
        let rest = (grant.expires - now).dividedRoundingUp(by: 1000)
        return .open(request, cookie: ResumeCookie(tag: tag, token: token, maximumAge: rest))
    }

    // MARK: Rights

    private func open(_ request: StreamRequest, _ identity: Identity?) -> Opening {
        guard request.rooms.allSatisfy({ allows(.read, in: $0, identity) }) else {
            return .refuse(.notAllowed(.read, isKnown: identity != nil))
        }
        var request = request
        request.user = identity?.user
        request.expires = identity?.expires
        return .open(request, cookie: nil)
    }
}

extension UInt64 {
    fileprivate func dividedRoundingUp(by divisor: UInt64) -> UInt64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return quotient + (remainder > 0 ? 1 : 0)
    }
}
