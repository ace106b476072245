import Foundation
import NIOCore
import Testing

@testable import ChatGateway

@Suite struct JSONStringTests {
    private func written(_ text: String) -> String {
        var buffer = ByteBuffer()
        buffer.writeJSONString(text)
        return String(buffer: buffer)
    }

    @Test(arguments: [
        ("", "\"\""), ("general", "\"general\""), ("a\"b", #""a\"b""#), (#"a\b"#, #""a\\b""#), ("\n\r\t", #""\n\r\t""#),
        ("\u{0}\u{1F}\u{8}\u{B}", #""\u0000\u001f\u0008\u000b""#), ("聊天室 😀/\u{7F}\u{2028}", "\"聊天室 😀/\u{7F}\u{2028}\""),
        ("\"", #""\"""#),
    ])
    func escapesWhatMustBeEscaped(text: String, expected: String) {
        #expect(written(text) == expected)
    }

    @Test func foundationReadsEveryCharacterBack() throws {
        for code in 0..<0x3000 {
            let text = "a\(Unicode.Scalar(UInt32(code)) ?? "x")b"
            let array = try JSONSerialization.jsonObject(with: Data("[\(written(text))]".utf8)) as? [String]
            #expect(array == [text], "U+\(String(code, radix: 16))")
        }
    }
}
