import HTTPTypes
import NIOHTTP1
import Testing

@testable import ChatGateway

@Suite struct CredentialsTests {
    private let ticket = Ticket(tag: "AAAAAAAA")

    private func stream(_ query: String, _ headers: HTTPHeaders = [:], cookie: String? = "token") throws -> Credentials
    {
        let target = try #require(RequestTarget("/events?room=a&\(query)"))
        return try Credentials(stream: target.parameters(), headers, cookie: cookie)
    }

    @Test func `a token comes in a field, in the URL or in a cookie, and the first of these counts`() throws {
        let field = ("authorization", "Bearer a.b.c")
        let cookie = ("cookie", "x=1; token=c")
        #expect(try stream("") == .none)
        #expect(try stream("access_token=u") == .token("u"))
        #expect(try stream("", [field.0: field.1]) == .token("a.b.c"))
        #expect(try stream("access_token=u", [field.0: field.1, cookie.0: cookie.1]) == .token("a.b.c"))
        #expect(try stream("", [cookie.0: cookie.1]) == .cookie("c"))
        #expect(try stream("access_token=u", [cookie.0: cookie.1]) == .token("u"))
        #expect(try stream("", [cookie.0: cookie.1], cookie: nil) == .none)
        #expect(try stream("", ["Authorization": "bEARER   x"]) == .token("x"))
    }

    @Test func `a field of another scheme is somebody else's, an empty token is one`() throws {
        #expect(try stream("", ["Authorization": "Basic YTpi"]) == .none)
        #expect(try stream("access_token=u", ["Authorization": "Basic YTpi"]) == .token("u"))
        #expect(try stream("", ["Authorization": "Bearer"]) == .token(""))
        #expect(try stream("access_token=") == .token(""))
    }

    @Test(arguments: ["access_token=a&access_token=b", "ticket=a&ticket=b", "resume=a&resume=a"])
    func `what stands twice in the URL is refused`(query: String) {
        #expect(throws: Problem.self) { try stream(query) }
    }

    @Test func `two Authorization fields are refused`() {
        #expect(throws: Problem.self) {
            try stream("", HTTPHeaders([("Authorization", "Bearer a"), ("Authorization", "Bearer b")]))
        }
    }

    @Test func `a ticket comes with the cookie of its own rights and what else may bring it back`() throws {
        let cookies = "cg-resume-BBBBBBBB=other; cg-resume-AAAAAAAA=own"
        #expect(
            try stream("ticket=\(ticket.text)&resume=r", ["Cookie": cookies])
                == .ticket(ticket, cookie: "own", resume: "r")
        )
        #expect(try stream("ticket=\(ticket.text)") == .ticket(ticket, cookie: nil, resume: nil))
        #expect(try stream("resume=r", ["Cookie": "token=c"]) == .resume("r"))
        #expect(try stream("ticket=nonsense&resume=r") == .resume("r"))
        #expect(throws: Problem.badTicket) { try stream("ticket=nonsense") }
    }

    @Test func `other requests take no token from the URL`() throws {
        #expect(try Credentials([.authorization: "Bearer t"], cookie: nil) == .token("t"))
        #expect(try Credentials([.cookie: "token=c"], cookie: "token") == .cookie("c"))
        #expect(try Credentials([:], cookie: "token") == .none)
    }

    @Test func `cookies are read as browsers write them`() {
        let cookies = Cookies(["a=1; b=x=y ;\tc=; d", "a=2; e=5"])
        #expect(cookies["a"] == "1")
        #expect(cookies["b"] == "x=y")
        #expect(cookies["c"] == "")
        #expect(cookies["d"] == nil)
        #expect(cookies["e"] == "5")
        #expect(cookies["A"] == nil)
    }

    @Test(
        arguments: [
            ("https://chat.example", "chat.example", true, true), ("https://chat.example", "CHAT.example", true, true),
            ("http://localhost:8080", "localhost:8080", false, true),
            ("https://chat.example", "chat.example", false, true),
            // A page that came without TLS may be anybody's.
            ("http://chat.example", "chat.example", true, false),
            ("https://evil.example", "chat.example", true, false),
            ("https://chat.example:1", "chat.example", true, false),
            ("null", "chat.example", true, false), (nil, "chat.example", true, false),
            ("https://chat.example.evil", "chat.example", true, false), ("https://chat.example", nil, true, false),
            ("file://chat.example", "chat.example", false, false),
        ] as [(String?, String?, Bool, Bool)]
    )
    func `an origin is the gateway's own or not`(origin: String?, host: String?, isSecure: Bool, isOwn: Bool) {
        #expect(RequestSource(origin: origin, authority: host, isSecure: isSecure).isSameOrigin == isOwn)
    }

    @Test func `the cookie of a stream is for its path, and only for browsers to send`() {
        let cookie = ResumeCookie(tag: "AAAAAAAA", token: "t", maximumAge: 9)
        #expect(
            cookie.field(path: "/rooms/a/events", isSecure: false)
                == "cg-resume-AAAAAAAA=t; Path=/rooms/a/events; Max-Age=9; HttpOnly; SameSite=Strict"
        )
        #expect(cookie.field(path: "/events", isSecure: true).hasSuffix("; SameSite=Strict; Secure"))
        #expect(cookie.field(path: "/rooms/a;Domain=x/events", isSecure: false).contains("; Path=/rooms; "))
    }
}
