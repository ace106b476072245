import Foundation
import NIOCore
import Testing

@testable import ChatGateway

@Suite struct MessageBodyTests {
    private func room(_ name: String = "r") throws -> Room { try #require(Room(name)) }

    /// What follows the server's `id`, `room` and `time` in the stamped message.
    private func rest(of document: String, user: String? = nil) throws -> String {
        let message = try MessageBody(parsing: ByteBuffer(string: document))
        let text = String(buffer: message.stamped(id: "i", room: try room(), time: 0, user: user))
        let head = #"{"id":"i","room":"r","time":"1970-01-01T00:00:00.000Z""#
        #expect(text.hasPrefix(head))
        return String(text.dropFirst(head.count))
    }

    @Test func putsTheServersMembersFirst() throws {
        let message = try MessageBody(parsing: ByteBuffer(string: #"{ "text" : "hi" , "n": 1.10 }"#))
        let stamped = message.stamped(id: "abc", room: try room("聊天室"), time: 1_795_368_069_123, user: "ann")
        #expect(
            String(buffer: stamped)
                == #"{"id":"abc","room":"聊天室","time":"2026-11-22T17:21:09.123Z","user":"ann","text":"hi","n":1.10}"#
        )
    }

    @Test(arguments: [
        ("{}", "}"),
        (" { } ", "}"),
        (#"{"a":1}"#, #","a":1}"#),
        (" \n{ \"a\" : 1 }\r\n", #","a":1}"#),
        (#"{"a":[ 1 , { "b" : [ ] } ]}"#, #","a":[1,{"b":[]}]}"#),
        (#"{"a":" 1 , 2 "}"#, #","a":" 1 , 2 "}"#),
        (#"{"id":"x"}"#, "}"),
        (#"{ "id" : "x" }"#, "}"),
        (#"{"id":"x","a":1}"#, #","a":1}"#),
        (#"{ "id" : "x" , "a" : 1 }"#, #","a":1}"#),
        (#"{"a":1,"id":"x"}"#, #","a":1}"#),
        (#"{ "a" : 1 , "id" : "x" }"#, #","a":1}"#),
        (#"{"a":1,"id":"x","b":2}"#, #","a":1,"b":2}"#),
        (#"{"time":[ 1, {"a":" "} ],"a":1,"room":{ "id" : 5 },"b":2}"#, #","a":1,"b":2}"#),
        (#"{"room":1,"id":"x","time":null}"#, "}"),
        (#"{ "room" : 1 , "id" : "x" , "time" : null }"#, "}"),
        (#"{"\u0069d":"x","a":1}"#, #","a":1}"#),
        (#"{"\u0072oo\u006D":"x","a":1,"ti\u006de":2}"#, #","a":1}"#),
        (#"{"user":"bob","a":1}"#, #","user":"bob","a":1}"#),
        (#"{"a":{"id":1,"room":2,"time":3}}"#, #","a":{"id":1,"room":2,"time":3}}"#),
        (#"{"ID":1,"Id":2,"idd":3,"i":4}"#, #","ID":1,"Id":2,"idd":3,"i":4}"#),
        (#"{"cursor":1}"#, #","cursor":1}"#),
        (#"{"z":1,"a":2,"m":3}"#, #","z":1,"a":2,"m":3}"#),
        (
            #"{"a":12345678901234567890,"b":1.10,"c":1e400,"d":-0,"e":1E+2}"#,
            #","a":12345678901234567890,"b":1.10,"c":1e400,"d":-0,"e":1E+2}"#
        ),
        (#"{"a":"\u00e9\/é\uD83D\uDE00😀\u0000"}"#, #","a":"\u00e9\/é\uD83D\uDE00😀\u0000"}"#),
    ])
    func keepsTheSendersOtherMembersAsTheyAre(document: String, expected: String) throws {
        #expect(try rest(of: document) == expected)
    }

    @Test(arguments: [
        (#"{"user":"bob","a":1}"#, #","user":"ann","a":1}"#),
        (#"{"a":1,"user":"bob"}"#, #","user":"ann","a":1}"#),
        (#"{"\u0075ser":["bob"],"a":1}"#, #","user":"ann","a":1}"#),
        (#"{ "user" : "bob" }"#, #","user":"ann"}"#),
        ("{}", #","user":"ann"}"#),
    ])
    func replacesTheUserOnlyWhereTheServerKnowsIt(document: String, expected: String) throws {
        #expect(try rest(of: document, user: "ann") == expected)
    }

    @Test(arguments: ["a", "A-z_09", String(repeating: "x", count: 64), "-", "_"])
    func takesTheSendersID(id: String) throws {
        #expect(try MessageBody(parsing: ByteBuffer(string: #"{"a":1,"id":"\#(id)"}"#)).senderID == id)
        #expect(try MessageBody(parsing: ByteBuffer(string: #"{"a":1,"\u0069d": "\#(id)" }"#)).senderID == id)
        #expect(try MessageBody(parsing: ByteBuffer(string: #"{"a":{"id":1}}"#)).senderID == nil)
    }

    @Test func readsTheSendersIDThroughEscapes() throws {
        #expect(try MessageBody(parsing: ByteBuffer(string: #"{"id":"\u0061b\u002d"}"#)).senderID == "ab-")
    }

    @Test(arguments: [
        #""""#, #""a b""#, #""é""#, #""a.b""#, #""\u0000""#, #""a\n""#, "1", "null", "true", "[]", #"["a"]"#, "{}",
        "\"\(String(repeating: "x", count: 65))\"", #""a/b""#, #""\u00e9""#,
    ])
    func refusesAnIDThatIsNone(value: String) {
        #expect(throws: MessageBodyError.invalidID(offset: 12)) {
            try MessageBody(parsing: ByteBuffer(string: "{\"a\":1,\"id\":\(value)}"))
        }
    }

    @Test func escapesRoomAndUserAsJSONStrings() throws {
        let name = "a\"b\\c\u{2028}😀"
        let message = try MessageBody(parsing: ByteBuffer(string: "{}"))
        let stamped = message.stamped(id: "i", room: try room(name), time: 0, user: "\u{0}\n\"")
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(stamped.readableBytesView)) as? [String: String]
        )
        #expect(object["room"] == name)
        #expect(object["user"] == "\u{0}\n\"")
    }

    @Test func keepsLongBodiesToTheLastByte() throws {
        let text = String(repeating: "data: x\\r\\n\\u0000\u{2028}😀聊 ", count: 2300)
        #expect(text.utf8.count > 60 * 1024)
        #expect(try rest(of: "{\"text\":\"\(text)\"}") == ",\"text\":\"\(text)\"}")
    }

    @Test func readsASliceOfALargerBuffer() throws {
        var buffer = ByteBuffer(string: #"xxxx{"a":1,"id":"k"}yyyy"#)
        buffer.moveReaderIndex(forwardBy: 4)
        let slice = buffer.readSlice(length: buffer.readableBytes - 4)
        let body = try #require(slice)
        let message = try MessageBody(parsing: body)
        #expect(message.senderID == "k")
        #expect(String(buffer: message.stamped(id: "k", room: try room(), time: 0)).hasSuffix(#"Z","a":1}"#))
    }

    @Test func canStampOneBodyTwice() throws {
        let message = try MessageBody(parsing: ByteBuffer(string: #"{"a":1}"#))
        let first = message.stamped(id: "1", room: try room(), time: 0)
        #expect(message.stamped(id: "1", room: try room(), time: 0) == first)
    }

    @Test(arguments: [
        (#"{"id":"a","room":"r"}"#, #"{"id":"a","room":"r","cursor":"e.1-2"}"#),
        (#"{"id":"a","cursor":"mine"}"#, #"{"id":"a","cursor":"e.1-2"}"#),
        (#"{"cursor":"mine","x":1}"#, #"{"x":1,"cursor":"e.1-2"}"#),
        (#"{"x":1,"\u0063ursor":{"a":[1]},"y":2}"#, #"{"x":1,"y":2,"cursor":"e.1-2"}"#),
        (#"{"x":{"cursor":1}}"#, #"{"x":{"cursor":1},"cursor":"e.1-2"}"#),
        (#"{"cursor":"mine"}"#, #"{"cursor":"e.1-2"}"#),
        ("{}", #"{"cursor":"e.1-2"}"#),
        ("rubbish", #"{"cursor":"e.1-2"}"#),
        ("", #"{"cursor":"e.1-2"}"#),
    ])
    func listsAStoredMessageWithItsCursorAsTheLastMember(stored: String, expected: String) throws {
        let cursor = Cursor(epoch: try #require(Epoch("e")), position: Position(milliseconds: 1, sequence: 2))
        var output = ByteBuffer(string: "[")
        MessageBody.list(ByteBuffer(string: stored), at: cursor, in: &output)
        #expect(String(buffer: output) == "[" + expected)
    }
}
