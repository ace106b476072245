import Testing

@testable import ChatGateway

@Suite struct RoomTests {
    @Test func namesOfOtherBytesAreOtherRooms() throws {
        let composed = try #require(Room("caf\u{E9}"))
        let decomposed = try #require(Room("cafe\u{301}"))
        #expect(composed.name == decomposed.name)
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed, composed]).count == 2)
        #expect(composed == Room("caf\u{E9}"))
    }

    @Test(arguments: [
        "a", "聊天室", "\u{A0}", "\u{C2}", "\u{BF}", "😀", " ", "a\\b\"c", String(repeating: "x", count: 128),
    ])
    func takesAnyNameThatFits(name: String) {
        #expect(Room(name)?.name == name)
    }

    @Test(arguments: [
        "", "a/b", "a\nb", "\u{0}", "\u{1F}", "\u{7F}", "\u{80}", "\u{85}", "a\u{9F}",
        String(repeating: "x", count: 129),
    ])
    func refusesControlCharactersSlashesAndWrongLengths(name: String) {
        #expect(Room(name) == nil)
    }
}
