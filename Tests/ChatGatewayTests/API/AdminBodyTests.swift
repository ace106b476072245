import NIOCore
import Testing

@testable import ChatGateway

@Suite struct AdminBodyTests {
    private func body(_ text: String) throws(Problem) -> AdminBody {
        try AdminBody(ByteBuffer(string: text), allowed: [.user, .bar, .message])
    }

    @Test func `members are found with and without white space and escapes`() throws {
        for text in [
            #"{"user":"ann","bar":"1s"}"#, "{ \"user\" : \"ann\" ,\n\t\"bar\":\"1s\" }",
            #"{"\u0075ser":"\u0061nn","bar":"1s"}"#,
        ] {
            let body = try body(text)
            #expect(try body.text(.user) == "ann")
            #expect(try body.text(.bar) == "1s")
            #expect(try body.text(.message) == nil)
        }
        #expect(try body(" { } ").text(.user) == nil)
        #expect(try body(#"{"message": {"a": 1} }"#).value(.message).map { String(buffer: $0) } == #"{"a": 1}"#)
    }

    @Test(arguments: [
        #"{"user":"ann","bra":"1s"}"#, #"{"bra":"1s","user":"ann"}"#, #"{"user":"ann","room":"x"}"#, #"{"x":1}"#,
        #"{"user":"ann","user":"bob"}"#, "[]", "", "{", #"{"user":"ann"} x"#,
    ])
    func `a member too many and what is no object is refused`(text: String) {
        #expect(throws: Problem.self) { try body(text) }
    }

    @Test func `a member of the wrong kind is refused`() {
        #expect(throws: Problem.self) { try body(#"{"user":1}"#).text(.user) }
        #expect(throws: Problem.self) { try body(#"{"user":null}"#).text(.user) }
    }
}
