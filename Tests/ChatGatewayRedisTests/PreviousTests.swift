import ChatGateway
import Testing

@testable import ChatGatewayRedis

@Suite struct PreviousTests {
    private func previous(_ text: String) -> Previous? { Previous(text.utf8.span) }

    @Test(arguments: [("20-3", false), ("~20-3", true)])
    func `a position is read, and whether it is only a bound`(text: String, isBound: Bool) {
        let previous = previous(text)
        #expect(previous?.position == Position(milliseconds: 20, sequence: 3) && previous?.isBound == isBound)
    }

    @Test(arguments: ["", "~", "~~20-3", "20-3~", "~\u{301}20-3", "~ 20-3", "x20-3"])
    func `anything else is not`(text: String) {
        #expect(previous(text) == nil)
    }
}
