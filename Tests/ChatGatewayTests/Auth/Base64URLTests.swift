import Testing

@testable import ChatGateway

@Suite struct Base64URLTests {
    @Test(
        arguments: [
            ([], ""), ([0], "AA"), ([255], "_w"), ([255, 254], "__4"), ([251, 240, 0], "-_AA"),
            (Array("foobar".utf8), "Zm9vYmFy"),
        ] as [([UInt8], String)]
    )
    func `bytes become text and come back`(bytes: [UInt8], text: String) {
        #expect(Base64URL.encode(bytes) == text)
        #expect(Base64URL.decode(text.utf8) == bytes)
    }

    // Each text is another one for the same bytes, or for none.
    @Test(arguments: ["A", "AAAAA", "AB", "_x", "AAB", "AA==", "A A", "A+", "A/", "Ä", "AA\n"])
    func `there is one text for the same bytes`(text: String) {
        #expect(Base64URL.decode(text.utf8) == nil)
    }

    @Test func `all lengths come back`() {
        for count in 0..<100 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            #expect(Base64URL.decode(Base64URL.encode(bytes).utf8) == bytes)
        }
    }
}
