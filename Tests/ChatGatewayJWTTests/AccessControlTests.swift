import ChatGatewayTesting
import IntegrationSupport
import Logging
import Testing

@testable import ChatGateway
@testable import ChatGatewayJWT

/// Several nodes' decisions about one listener, without the nodes.
@Suite struct AccessControlTests {
    private let clock = ManualClock(milliseconds: 1_700_000_000_000)
    private let store = ObservedTicketStore()

    private func node(secret: [UInt8]? = nil) async throws -> AccessControl {
        let authorizer = JWTAuthorizer(
            keys: [try await .secret(Array(IssuerKey.secret.utf8))],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            clock: clock.now
        )
        var access = Access(authorizer: authorizer, tickets: store)
        access.resumeSecret = { secret }
        return AccessControl(access, clock: clock.now)
    }

    private func request(_ names: String...) throws -> StreamRequest {
        StreamRequest(rooms: try names.map { try #require(Room($0)) }, presented: .nothing, history: 0)
    }

    private func identity(_ read: String...) throws -> Identity {
        let patterns = try read.map { try #require(RoomPattern($0)) }
        let permission = Permission(read: patterns, write: patterns)
        return try #require(Identity(user: "ann", permission: permission, expires: clock.now() + 60_500))
    }

    private func opened(_ opening: AccessControl.Opening) throws -> (StreamRequest, ResumeCookie?) {
        guard case .open(let request, let cookie) = opening else { throw Unexpected("\(opening)") }
        return (request, cookie)
    }

    @Test func `a token is decided on at once, and the stream knows who holds it and until when`() async throws {
        let node = try await node()
        let token = try IssuerKey.hs256.token(
            claims: #"{"sub":"ann","exp":1700000060,"rooms":{"read":["a","inbox-{sub}"]}}"#
        )
        let (stream, cookie) = try opened(node.admit(request("a", "inbox-ann"), .token(token)))
        #expect(stream.user == "ann" && stream.expires == 1_700_000_060_000)
        #expect(stream.resume == nil && cookie == nil)
        #expect(try node.admit(request("a", "b"), .token(token)) == .refuse(.notAllowed(.read, isKnown: true)))
        #expect(try node.admit(request("a"), .none) == .refuse(.noToken))
        #expect(store.secretQuestions == 0)
    }

    @Test func `what a ticket is good for ends with the identity, or after a day where that never ends`() async throws {
        let node = try await node()
        for hasEnd in [true, false] {
            var identity = try identity("a")
            let end = hasEnd ? identity.expires : clock.now() + 24 * 3_600_000
            if !hasEnd { identity.expires = .max }
            let (ticket, ticketEnd) = try await node.ticket(for: identity)
            #expect(ticketEnd == clock.now() + 30_000)
            let credentials = Credentials.ticket(ticket, cookie: nil, resume: nil)
            let (stream, _) = try opened(await node.admitAnew(request("a"), credentials))
            #expect(stream.expires == end)
            let resume = Credentials.resume(try #require(stream.resume))
            clock.advance(by: .milliseconds(Int64(end - clock.now()) - 1))
            #expect(try opened(node.admit(request("a"), resume)).0.expires == end)
            clock.advance(by: .milliseconds(1))
            guard case .refuse = try node.admit(request("a"), resume) else { throw Unexpected("still good") }
        }
    }

    @Test func `a node that has yet to learn the secret asks for it when a resume token comes`() async throws {
        let (first, second) = (try await node(), try await node())
        let (ticket, expires) = try await first.ticket(for: identity("a"))
        #expect(expires == clock.now() + 30_000)
        let credentials = Credentials.ticket(ticket, cookie: nil, resume: nil)
        #expect(try first.admit(request("a"), credentials) == .ask)
        let (stream, cookie) = try opened(await second.admitAnew(request("a"), credentials))
        #expect(stream.user == "ann" && cookie?.maximumAge == 61)
        let token = try #require(stream.resume)
        #expect(cookie?.token == token)

        let third = try await node()
        #expect(try third.admit(request("a"), .resume(token)) == .ask)
        let (again, none) = try opened(await third.admitAnew(request("a"), .resume(token)))
        #expect(again.user == "ann" && again.resume != token && none == nil)
        // From now on it need not ask.
        _ = try opened(third.admit(request("a"), .resume(token)))
        #expect(try third.admit(request("b"), .resume(token)) == .refuse(.notAllowed(.read, isKnown: true)))
        clock.advance(by: .milliseconds(60_500))
        guard case .refuse(let problem) = try third.admit(request("a"), .resume(token)) else {
            throw Unexpected("a token whose time is over is accepted")
        }
        #expect(problem.status == .unauthorized)
    }

    @Test func `forged tokens do not have the secret asked for at will`() async throws {
        let node = try await node()
        #expect(await node.exchange())
        let other = ResumeTokens()
        other.adopt(Array(repeating: 7, count: 32))
        let grant = StreamGrant(try identity("a"))
        for _ in 0..<20 {
            let forged = try #require(other.token(for: grant, tag: "AAAAAAAA"))
            #expect(try await node.admitAnew(request("a"), .resume(forged)) == .refuse(.badResume))
        }
        #expect(store.secretQuestions == 1)
    }

    @Test func `nodes with a secret of their own ask nobody`() async throws {
        let secret = Array("a secret of 32 bytes, or rather more".utf8)
        let (first, second) = (try await node(secret: secret), try await node(secret: secret))
        let (ticket, _) = try await first.ticket(for: identity("a"))
        let credentials = Credentials.ticket(ticket, cookie: nil, resume: nil)
        let (stream, _) = try opened(await second.admitAnew(request("a"), credentials))
        _ = try opened(first.admit(request("a"), .resume(try #require(stream.resume))))
        #expect(store.secretQuestions == 0)
    }

    @Test func `rights that are too many for a cookie still come back by the token of ready`() async throws {
        let node = try await node()
        let names = (0..<100).map { "room-\($0)-" + String(repeating: "x", count: 40) }
        let patterns = try names.map { try #require(RoomPattern($0)) }
        var identity = try identity("a")
        identity.permission.read = patterns
        let (ticket, _) = try await node.ticket(for: identity)
        let credentials = Credentials.ticket(ticket, cookie: nil, resume: nil)
        let (stream, cookie) = try opened(await node.admitAnew(request(names[99]), credentials))
        #expect(cookie == nil)
        _ = try opened(node.admit(request(names[0]), .resume(try #require(stream.resume))))
    }
}
