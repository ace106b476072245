import Testing

@testable import ChatGateway

@Suite struct RoomPatternTests {
    @Test(
        arguments: [
            ("general", "general", true), ("general", "general2", false), ("general", "genera", false),
            ("General", "general", false), ("*", "anything", true), ("team-*", "team-", true),
            ("team-*", "team-a*b", true), ("team-*", "a-team-", false), ("*-log", "a-log", true),
            ("*-log", "a-logs", false), ("a*b*c", "abc", true), ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false), ("a*a", "a", false), ("ab*ba", "aba", false), ("**", "x", true),
            ("*a*a*", "aa", true), ("*a*a*", "a", false), ("é", "é", true),
            // They look alike, and are two rooms.
            ("é", "e\u{301}", false), ("*\u{301}", "e\u{301}", true),
        ] as [(String, String, Bool)]
    )
    func `a pattern names rooms byte by byte, with stars for any text`(text: String, name: String, isMatch: Bool) throws
    {
        let pattern = try #require(RoomPattern(text))
        #expect(try pattern.matches(#require(Room(name)), user: nil) == isMatch)
    }

    @Test(
        arguments: [
            ("inbox-{sub}", "inbox-ann", "ann", true), ("inbox-{sub}", "inbox-bo", "ann", false),
            ("inbox-{sub}", "inbox-", nil, false), ("inbox-{sub}", "inbox-{sub}", nil, false),
            ("inbox-{sub}", "inbox-{sub}", "ann", false), ("{sub}-{sub}", "a-a", "a", true),
            ("{sub}*", "ann's", "ann", true), ("*{sub}", "to-ann", "ann", true),
            // A user's name has no meaning of its own.
            ("inbox-{sub}", "inbox-ann", "*", false), ("inbox-{sub}", "inbox-*", "*", true),
            ("inbox-{sub}", "inbox-{sub}", "{sub}", true), ("inbox-{sub}", "inbox-ann", "{sub}", false),
        ] as [(String, String, String?, Bool)]
    )
    func `a user's own room is nobody else's`(text: String, name: String, user: String?, isMatch: Bool) throws {
        let pattern = try #require(RoomPattern(text))
        #expect(try pattern.matches(#require(Room(name)), user: user) == isMatch)
    }

    @Test(
        arguments: [
            "", "a/b", "a\nb", "{user}", "a{", "}", "{sub", "{{sub}}", "\u{0}", String(repeating: "a", count: 257),
        ]
    )
    func `what cannot be meant is no pattern`(text: String) {
        #expect(RoomPattern(text) == nil)
    }

    @Test func `many stars take no more than the product of the lengths`() throws {
        let pattern = try #require(RoomPattern(String(repeating: "*a", count: 127) + "*b"))
        let room = try #require(Room(String(repeating: "a", count: 128)))
        #expect(!pattern.matches(room, user: nil))
    }

    @Test func `reading and writing are allowed apart`() throws {
        let permission = Permission(
            read: [try #require(RoomPattern("a")), try #require(RoomPattern("b-*"))],
            write: [try #require(RoomPattern("inbox-{sub}"))]
        )
        let (room, inbox) = (try #require(Room("b-1")), try #require(Room("inbox-ann")))
        #expect(permission.allows(.read, in: room, user: nil))
        #expect(!permission.allows(.write, in: room, user: "ann"))
        #expect(permission.allows(.write, in: inbox, user: "ann"))
        #expect(!permission.allows(.write, in: inbox, user: "bo"))
    }
}
