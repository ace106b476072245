import Testing

@testable import ChatGateway

@Suite struct SignalDeskTests {
    private func told(_ character: Character, _ count: Int) -> String {
        // As long as a name may be, and as many as are told at once unless configured otherwise.
        let names = (100..<100 + count).map { String(repeating: character, count: 61) + "\($0)" }
        let change = PresenceChange(streams: count, joined: names, left: [])
        return String(buffer: SignalDesk.event(of: change, in: .named("a")))
    }

    @Test func `names that are nothing but escapes are too long to be told, and the number is`() {
        let number = #"{"room":"a","streams":200,"joined":[],"left":[]}"#
        #expect(told("\u{1}", 200) == "event: presence\ndata: \(number)\n\n")
        let fewer = told("\u{1}", 100)
        #expect(fewer.contains(#""streams":100,"#) && fewer.contains(#"\u0001199"],"left""#))
    }

    @Test func `names as people have them are told, however many they are`() {
        let all = told("x", 200)
        #expect((100..<300).allSatisfy { all.contains("x\($0)\"") })
        #expect(all.utf8.count <= LoopRoom.maximumSignals)
    }
}
