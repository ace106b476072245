import Foundation
import NIOCore
import Testing

@testable import ChatGateway

@Suite struct JSONGrammarTests {
    private func parse(_ bytes: some Sequence<UInt8>) throws(MessageBodyError) -> MessageBody {
        try MessageBody(parsing: ByteBuffer(bytes: Array(bytes)))
    }

    private func reason(_ bytes: some Sequence<UInt8>) -> JSONError.Reason? {
        do throws(MessageBodyError) {
            _ = try parse(bytes)
            return nil
        } catch {
            guard case .json(let json) = error else { return nil }
            return json.reason
        }
    }

    private static let values = [
        "0", "-0", "1", "-1", "10", "1234567890", "12345678901234567890", "1.10", "-0.0", "0.1", "1e400", "1E400",
        "1e+5", "1e-5", "1.5E-05", "0e0", "0E+00", "123e65", "-123456789e-400", "1000000000000000000000000000000.5",
        "true", "false", "null", "\"\"", "\" \"", "\"a\"", "\"\\\"\"", "\"\\\\\"", "\"\\/\"", "\"/\"",
        "\"\\b\\f\\n\\r\\t\"", "\"\\u0000\"", "\"\\u001f\"", "\"\\u0022\"", "\"\\uD83D\\uDE00\"", "\"\\ud83d\\ude00\"",
        "\"\\uFFFF\"", "\"\\uDBFF\\uDFFF\"", "\"\u{7F}\"", "\"\u{80}\"", "\"\u{7FF}\"", "\"\u{800}\"", "\"\u{FFFD}\"",
        "\"\u{FFFF}\"", "\"\u{FEFF}\"", "\"\u{10000}\"", "\"\u{10FFFF}\"", "\"\u{2028}\u{2029}\u{85}\"",
        "\"👩‍👩‍👧‍👦 聊天室 e\u{301}\"", "\"data: x\"", "\"a quote at byte eight: \\\" and on\"", "[]", "[ ]", "[[]]",
        "[1]", "[1,2]", "[ 1 , 2 ]", "[\"a\",{},[],null]", "{}", "{ }", "{\"\":0}", "{\"a\":{\"a\":{\"a\":1}}}",
        "{\"a\":1,\"b\":1}", "{\"a\":1,\"A\":2}", "[{\"a\":1},{\"a\":1}]", "{\"\\u0000\":1,\"\\u0001\":1}",
        "{\"e\u{301}\":1,\"\u{E9}\":2}",
    ]

    @Test(arguments: values)
    func takesWhatRFC8259Allows(value: String) throws {
        for document in ["{\"a\":\(value)}", "\r\n\t {\t\"a\" :\n\(value)\r} \n", "{\"x\":[\(value),\(value)]}"] {
            let message = try parse(document.utf8)
            let text = String(buffer: message.stamped(id: "i", room: try #require(Room("r")), time: 0))
            #expect(!text.contains("\n"))
            if !value.contains(" ") { #expect(text.contains(":\(value)}") || text.contains("[\(value),\(value)]")) }
        }
    }

    private static let broken = [
        "", " ", "{", "}", "[", "]", "[]", "null", "1", "\"a\"", "{]", "[}", "{}{}", "{} {}", "{},", "{}]", "{}x",
        "{}\u{0}",
        "{,}", "{\"a\"}", "{\"a\":}", "{:1}", "{\"a\" 1}", "{\"a\":1,}", "{,\"a\":1}", "{\"a\":1,,\"b\":2}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1;\"b\":2}", "{\"a\"=1}", "{a:1}", "{'a':1}", "{\"a\":'b'}", "{1:1}", "{null:1}", "{\"a\":1",
        "{\"a\":\"b",
        "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1,", "{\"a\":1,\"b", "{\"a\":[1", "{\"a\":[1,", "{\"a\":[", "{\"a\":tru",
        "{\"a\":1}/**/", "{/**/\"a\":1}", "{\"a\":1}//", "#{}", "\u{FEFF}{}", "{\u{A0}}", "{\u{B}}", "{\u{C}}",
        "{\u{85}}",
        "{\u{2028}}", "{\u{3000}}",
    ]

    @Test(arguments: broken)
    func refusesWhatIsNoObject(document: String) {
        #expect(reason(document.utf8) != nil)
    }

    private static let brokenValues = [
        "", "-", "+1", "01", "00", "-01", "-00", ".5", "-.5", "1.", "1.e1", "1e", "1e+", "1e-", "1e1.5", "1e1e1", "0x1",
        "1_000", "1 000", "1,000,", "--1", "1-1", "Infinity", "-Infinity", "NaN", "inf", "１", "True", "TRUE", "tru",
        "truee",
        "true1", "nul", "nulll", "undefined", "falsee", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1,,2]", "[1 2]",
        "[1;2]",
        "[1}", "{\"a\":1]", "{", "{\"b\":1", "\"", "\"a", "\"\\\"", "\"\\a\"", "\"\\x41\"", "\"\\'\"", "\"\\0\"",
        "\"\\ \"", "\"\\\n\"",
        "\"\\u\"", "\"\\u1\"", "\"\\u12\"", "\"\\u123\"", "\"\\u123g\"", "\"\\u 123\"", "\"\\u+123\"", "\"\\u-123\"",
        "\"\\u12", "\"\\U0041\"",
        "\"a\nb\"", "\"a\rb\"", "\"a\tb\"", "\"\u{0}\"", "'a'", "\"a\"\"b\"", "\"a\" \"b\"", "\"\\", "\"\\u{41}\"",
    ]

    @Test(arguments: brokenValues)
    func refusesValuesThatAreNone(value: String) {
        #expect(reason("{\"a\":\(value)}".utf8) != nil)
        #expect(reason("{\"a\":[\(value)]}".utf8) != nil || value.isEmpty || value == "1,000,")
    }

    @Test func refusesControlBytesInStringsAndAllButWhiteSpaceOutside() {
        for byte in UInt8(0)..<0x20 {
            #expect(reason(Array("{\"a\":\"".utf8) + [byte] + Array("\"}".utf8)) == .controlCharacter, "byte \(byte)")
            #expect(reason(Array("{\"a".utf8) + [byte] + Array("\":1}".utf8)) == .controlCharacter, "byte \(byte)")
            // Behind eight plain bytes, where the scan goes by words.
            #expect(reason(Array("{\"12345678".utf8) + [byte] + Array("12345678\":1}".utf8)) == .controlCharacter)
            let isSpace = [0x09, 0x0A, 0x0D].contains(byte)
            #expect((reason(Array("{\"a\":".utf8) + [byte] + Array("1}".utf8)) == nil) == isSpace, "byte \(byte)")
            #expect((reason([byte] + Array("{}".utf8)) == nil) == isSpace, "byte \(byte)")
            #expect((reason(Array("{}".utf8) + [byte]) == nil) == isSpace, "byte \(byte)")
        }
    }

    @Test func takesExactlyTheTwoByteSequencesThatUnicodeAllows() {
        for first in UInt8(0x80)...0xFF {
            for second in UInt8(0x80)...0xFF {
                let isValid = String(validating: [first, second], as: UTF8.self) != nil
                let found = reason(Array("{\"a\":\"".utf8) + [first, second] + Array("\"}".utf8))
                #expect(found == (isValid ? nil : .invalidUTF8), "\(first), \(second)")
            }
        }
    }

    private static let notUTF8: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xC2], [0xC3, 0x28], [0xE0, 0x80, 0x80],
        [0xE0, 0x9F, 0xBF], [0xE2, 0x82], [0xE2, 0x28, 0xA1], [0xE2, 0x82, 0x28], [0xED, 0xA0, 0x80],
        [0xED, 0xBF, 0xBF],
        [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98],
        [0xF0, 0x28, 0x8C, 0xBC], [0xF0, 0x90, 0x28, 0xBC], [0xF0, 0x9F, 0x98, 0x28], [0xF4, 0x90, 0x80, 0x80],
        [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        [0xE9], [0xEF, 0xBF], [0xC3, 0xC3, 0xA9],
    ]

    @Test(arguments: notUTF8)
    func refusesStringsThatAreNotUTF8(bytes: [UInt8]) {
        for padding in ["", "1234567", "12345678", "123456789abcdef"] {
            #expect(reason(Array("{\"a\":\"\(padding)".utf8) + bytes + Array("\"}".utf8)) == .invalidUTF8)
            #expect(reason(Array("{\"\(padding)".utf8) + bytes + Array("\":1}".utf8)) == .invalidUTF8)
        }
        #expect(reason(Array("{\"a\":\"".utf8) + bytes) != nil)
        #expect(reason(Array("{".utf8) + bytes + Array("}".utf8)) != nil)
    }

    @Test(arguments: [
        "\\uD800", "\\uDC00", "\\uDFFF", "\\uD800\\uD800", "\\uDC00\\uD800", "\\uD83D\\u0041", "\\uD83Dx",
        "\\uD83D \\uDE00",
        "\\uD83D\\n", "\\uD83D\\uDE0", "\\uD83D\\uD83D\\uDE00",
    ])
    func refusesHalvesOfSurrogatePairs(text: String) {
        #expect(reason("{\"a\":\"\(text)\"}".utf8) == .loneSurrogate)
        #expect(reason("{\"\(text)\":1}".utf8) == .loneSurrogate)
    }

    @Test func takesSixtyFourLevelsAndNoMore() {
        func arrays(_ depth: Int) -> String {
            "{\"a\":" + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}"
        }
        func objects(_ depth: Int) -> String {
            String(repeating: "{\"a\":", count: depth - 1) + "{}" + String(repeating: "}", count: depth - 1)
        }
        #expect(reason(arrays(64).utf8) == nil)
        #expect(reason(arrays(65).utf8) == .tooDeep)
        #expect(reason(objects(64).utf8) == nil)
        #expect(reason(objects(65).utf8) == .tooDeep)
        #expect(reason(String(repeating: "[", count: 60_000).utf8) == .expected("an object"))
        #expect(reason("{\"a\":\(String(repeating: "[", count: 60_000))".utf8) == .tooDeep)
        #expect(reason(String(repeating: "{\"a\":", count: 10_000).utf8) == .tooDeep)
        let wide = "{\"a\":[" + Array(repeating: "[[[]]]", count: 5000).joined(separator: ",") + "]}"
        #expect(reason(wide.utf8) == nil)
    }

    @Test(arguments: [
        #"{"a":1,"a":1}"#, #"{"a":1,"b":2,"a":3}"#, #"{"a":1,"\u0061":2}"#, #"{"\u0061":1,"a":2}"#, #"{"":1,"":2}"#,
        #"{"x":{"a":1,"a":2}}"#, #"{"x":[[{"a":1,"a":2}]]}"#, #"{"a/b":1,"a\/b":2}"#, #"{"😀":1,"\uD83D\uDE00":2}"#,
        #"{"\n":1,"\u000A":2}"#, #"{"\"":1,"\u0022":2}"#, #"{"\\":1,"\u005c":2}"#, #"{"é":1,"\u00E9":2}"#,
        #"{"a":{"b":1},"c":{"b":1},"a":0}"#, #"{"\u0061":{"\u0062":1},"c\t":{"\u0062":1},"c\u0009":0}"#,
        #"{"id":"a","\u0069d":"a"}"#,
    ])
    func refusesANameUsedTwiceHoweverItIsSpelled(document: String) {
        #expect(reason(document.utf8) == .duplicateName)
    }

    @Test func findsTheOneNameUsedTwiceAmongMany() {
        for count in [7, 8, 9, 10, 1000] {
            let names = (0..<count).map { $0.isMultiple(of: 3) ? "\"\\u006e\($0)\":0" : "\"n\($0)\":0" }
            #expect(reason("{\(names.joined(separator: ","))}".utf8) == nil)
            for twice in [0, 1, count / 2, count - 1] {
                let document = "{\(names.joined(separator: ",")),\"n\(twice)\":0}"
                #expect(reason(document.utf8) == .duplicateName, "\(twice) of \(count)")
                do throws(MessageBodyError) {
                    _ = try parse("{\"outer\":[1,\(document)]}".utf8)
                    Issue.record("taken")
                } catch {
                    guard case .json(let json) = error else {
                        Issue.record("\(error)")
                        continue
                    }
                    #expect(json.reason == .duplicateName)
                    #expect(json.offset == 11 + document.utf8.count - "\"n\(twice)\":0}".utf8.count + 1)
                }
            }
        }
    }

    @Test func takesObjectsOfThirtyThousandNames() {
        let plain = "{" + (0..<30_000).map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        #expect(reason(plain.utf8) == nil)
        let escaped = "{" + (0..<30_000).map { "\"\\u0061\($0)\":0" }.joined(separator: ",") + "}"
        #expect(reason(escaped.utf8) == nil)
        #expect(reason("{\"x\":[\(plain),\(escaped)],\"y\":\(plain)}".utf8) == nil)
    }

    @Test func saysWhereTheDocumentBreaks() {
        func error(_ document: String) -> MessageBodyError? {
            do throws(MessageBodyError) {
                _ = try parse(document.utf8)
                return nil
            } catch {
                return error
            }
        }
        #expect(error(#"{"a":1 "b":2}"#) == .json(JSONError(reason: .expected("',' or '}'"), offset: 7)))
        #expect(error(#"{"a":01}"#) == .json(JSONError(reason: .expected("',' or '}'"), offset: 6)))
        #expect(error(#"{"a":1}x"#) == .json(JSONError(reason: .trailingBytes, offset: 7)))
        #expect(error(#"{"a":"#) == .json(JSONError(reason: .unexpectedEnd, offset: 5)))
        #expect(
            error(#"{"a":1,"a":2}"#)?.detail == "The body is not a JSON object that can be taken: a member name is "
                + "used twice in one object, at byte 7."
        )
    }
}
