import Testing

@testable import ChatGateway

@Suite struct EndpointTests {
    @Test(
        arguments: [
            ("/", .page, false), ("/chat.js", .page, false), ("/chat.css", .page, false), ("/chat", .chat, true),
            ("/client.js", .page, false), ("/client.d.ts", .page, false),
            ("/events", .events, true), ("/events?room=a", .events, true),
            ("/rooms/a%20b/events", .roomEvents("a%20b"), true), ("/rooms//events", .roomEvents(""), true),
            ("/rooms/a/messages", .messages("a"), false), ("/rooms/a/typing", .typing("a"), false),
            ("/rooms/a/presence", .presence("a"), false),
        ] as [(String, Endpoint, Bool)]
    )
    func `a path names a resource`(text: String, endpoint: Endpoint, isStream: Bool) throws {
        let target = try #require(RequestTarget(text))
        #expect(Endpoint(target) == endpoint)
        #expect(endpoint.isStream == isStream)
    }

    @Test(
        arguments: [
            "/chat/", "//chat", "/Chat", "/%63hat", "/rooms", "/rooms/a", "/rooms/a/", "/rooms/a/messages/",
            "/events/a", "/chat/typing",
            "/rooms/a/b/messages", "/rooms//a/messages", "/room/a/messages", "/index.html", "/chat.html", "/..", "/.",
        ]
    )
    func `any other path names nothing`(text: String) throws {
        #expect(Endpoint(try #require(RequestTarget(text))) == nil)
    }

    @Test func `each resource has its methods`() {
        #expect(Endpoint.chat.methods == "GET, HEAD, POST, OPTIONS")
        #expect(Endpoint.messages("a").methods == "GET, HEAD, POST, OPTIONS")
        #expect(Endpoint.typing("a").methods == "POST, OPTIONS")
        #expect(Endpoint.presence("a").methods == "GET, HEAD, OPTIONS")
        #expect(Endpoint.roomEvents("a").methods == "GET, HEAD, OPTIONS")
        #expect(Endpoint.events.methods == "GET, HEAD, OPTIONS")
        #expect(Endpoint.page.methods == "GET, HEAD, OPTIONS")
    }

    @Test func `a room's name is decoded before it is judged`() throws {
        #expect(try Endpoint.room("%E8%81%8A+x").name == "聊+x")
        for bad in ["", "a%2Fb", "%00", "a%0Ab", String(repeating: "%61", count: 129), "%C2%85"] {
            #expect(throws: Problem.badRoom) { try Endpoint.room(bad[...]) }
        }
        #expect(try Endpoint.room("\(String(repeating: "%61", count: 128))").name.utf8.count == 128)
    }
}
