import Testing

@testable import ChatGateway

@Suite struct RequestTargetTests {
    @Test(
        arguments: [
            ("/", [""], nil),
            ("/chat", ["chat"], nil),
            ("/chat/", ["chat", ""], nil),
            ("//chat", ["", "chat"], nil),
            ("/rooms/a%2Fb/events", ["rooms", "a%2Fb", "events"], nil),
            ("/events?room=a&room=b", ["events"], "room=a&room=b"),
            ("/events?", ["events"], ""),
            ("/events?a?b/c", ["events"], "a?b/c"),
            ("http://example.org/chat?x=1", ["chat"], "x=1"),
            ("HTTPS://user@example.org:8080//a", ["", "a"], nil),
            ("http://example.org", [""], nil),
            ("http://example.org?x=1", [""], "x=1"),
            ("/chat?next=http://example.org/", ["chat"], "next=http://example.org/"),
            ("/rooms/聊天室/events", ["rooms", "聊天室", "events"], nil),
            // A combining character makes one character of itself and the slash before it.
            ("/rooms/\u{301}x/events?\u{301}=\u{301}", ["rooms", "\u{301}x", "events"], "\u{301}=\u{301}"),
        ] as [(String, [String], String?)]
    )
    func `a target falls into segments and a query`(text: String, segments: [String], query: String?) throws {
        let target = try #require(RequestTarget(text))
        #expect(target.segments.map { Array($0.utf8) } == segments.map { Array($0.utf8) })
        #expect(target.query.map { Array($0.utf8) } == query.map { Array($0.utf8) })
    }

    @Test(arguments: [
        "", "*", "chat", "example.org:443", "://example.org/", "?x=1", "1://a/b",
    ])
    func `what is no path is no target`(text: String) {
        #expect(RequestTarget(text) == nil)
    }

    @Test(
        arguments: [
            ("a", "a"), ("", ""), ("%41", "A"), ("%e8%81%8a%E5%A4%A9", "聊天"), ("%25", "%"), ("%2541", "%41"),
            ("a+b", "a+b"), ("%2B", "+"), ("%00", "\0"), ("%F0%9F%92%AC", "💬"), ("%2F%2e", "/."), ("é", "é"),
        ]
    )
    func `percent-encoding is taken away once`(text: String, decoded: String) throws {
        #expect(try Array(RequestTarget.decoded(text[...]).utf8) == Array(decoded.utf8))
    }

    @Test(arguments: ["%", "%4", "%4G", "%G4", "a%", "%%41", "%u0041", "% 41", "%+1", "%-1"])
    func `broken percent-encoding is refused`(text: String) {
        #expect(throws: Problem.badRequest("“%” must be followed by two hexadecimal digits")) {
            try RequestTarget.decoded(text[...])
        }
    }

    @Test(
        arguments: [
            "%FF", "%C3", "%C3%28", "%C0%AF", "%E0%80%AF", "%ED%A0%80", "%F4%90%80%80", "%F8%88%80%80%80", "%80",
            "ok%E8%81",
        ]
    )
    func `bytes that are not UTF-8 are refused`(text: String) {
        #expect(throws: Problem.badRequest("The request target is not UTF-8 after percent-decoding")) {
            try RequestTarget.decoded(text[...])
        }
    }

    @Test func `a query's parameters come decoded and in order`() throws {
        let target = try #require(RequestTarget("/x?b=1&a=%26%3D&&c&=d&e=f=g&a+b=c+d%2B"))
        let parameters = try target.parameters()
        #expect(parameters.map(\.name) == ["b", "a", "c", "", "e", "a b"])
        #expect(parameters.map(\.value) == ["1", "&=", "", "d", "f=g", "c d+"])
    }

    @Test(arguments: ["/x?a=%", "/x?%zz=1", "/x?a=1&b=%FF"])
    func `a query that cannot be decoded is refused`(text: String) throws {
        let target = try #require(RequestTarget(text))
        #expect(throws: Problem.self) { try target.parameters() }
    }

    @Test func `a path for the log has no query`() {
        #expect(RequestTarget("http://h/a/b%20c?token=secret")?.path == "/a/b%20c")
        #expect(RequestTarget("/")?.path == "/")
    }
}
