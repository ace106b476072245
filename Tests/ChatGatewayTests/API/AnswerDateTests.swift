import Testing

@testable import ChatGateway

@Suite struct AnswerDateTests {
    @Test(
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        ] as [(UInt64, String)]
    )
    func `times are written as HTTP has them`(second: UInt64, text: String) {
        #expect(AnswerDate.text(of: second) == text)
    }
}
