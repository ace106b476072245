import Testing

@testable import ChatGateway

@Suite struct CursorTests {
    @Test(arguments: ["e.0-0", "k3j2.1795368069123-7", "Z.9007199254740992-9007199254740992"])
    func writesWhatItHasRead(text: String) {
        #expect(Cursor(text)?.description == text)
    }

    @Test(arguments: [
        "", "e", "e.", ".1-0", "e.1", "e.1-", "e.-1", "e.1-0 ", "e.+1-0", "e.1-0-0", "é.1-0", "e.\u{661}-0",
        "e.9007199254740993-0", "e.0-9007199254740993", "abcdefghijklmnopqrstuvwxyz0123456.1-0",
    ])
    func refusesWhatItWouldNotHaveWritten(text: String) {
        #expect(Cursor(text) == nil)
    }

    @Test(arguments: ["e.01-0", "e.1-00", "e.00-0", "e.0000000000000001-0"])
    func refusesLeadingZeros(text: String) {
        #expect(Cursor(text) == nil)
    }
}
