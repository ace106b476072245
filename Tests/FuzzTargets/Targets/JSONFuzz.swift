import NIOCore

@testable import ChatGateway

/// The scanner takes just what the reference takes, and what it says of a document is so; a message keeps its meaning
/// on its way through the gateway, in one line.
enum JSONFuzz {
    private static let room = "r\"\\\u{2028}é\u{301}"
    private static let time: UInt64 = 1_795_368_069_123
    private static let names = ["id", "room", "time", "user", "cursor", "stream", "bar", "message"]
        .map { Array($0.unicodeScalars) }

    static func run(_ bytes: [UInt8]) {
        // A slice of something larger, as a request's body may be.
        var source = ByteBuffer(bytes: [0x22] + bytes + [0x22])
        source.moveReaderIndex(forwardBy: 1)
        guard let body = source.readSlice(length: bytes.count) else { return }
        let reference = JSONDocument(bytes)?.members

        var scanner = JSONScanner()
        do throws(JSONError) {
            try scanner.scanObjectDocument(bytes.span)
        } catch {
            check(reference == nil, "a good document was refused: \(error.description)")
            check((0...bytes.count).contains(error.offset), "an error stands behind the end: \(error)")
            return
        }
        guard let reference else { return check(false, "what is no document was taken") }
        ranges(of: scanner, in: bytes, reference)
        messages(body, reference)
    }

    /// Whether all that the scanner points at is there.
    private static func ranges(of scanner: JSONScanner, in bytes: [UInt8], _ reference: [JSONDocument.Member]) {
        let content = scanner.content
        check(bytes[content.lowerBound - 1] == UInt8(ascii: "{"), "the content begins elsewhere")
        check(bytes[content.upperBound] == UInt8(ascii: "}"), "the content ends elsewhere")
        check(JSONDocument([0x7B] + bytes[content] + [0x7D])?.members == reference, "the content is another")

        let known = reference.filter { names.contains($0.name) }
        check(scanner.members.count == known.count, "\(scanner.members.count) members found of \(known.count)")
        for (found, member) in zip(scanner.members, known) {
            check(JSONDocument(bytes[found.value]) == member.value, "a member has another value")
            let whole = bytes[found.whole].drop { $0 == UInt8(ascii: ",") }
            check(
                JSONDocument([0x7B] + whole + [0x7D])?.members == [member],
                "a member reaches too far or not far enough"
            )
        }

        var packed: [UInt8] = []
        var end = 0
        for space in scanner.spaces {
            check(space.lowerBound >= end && !space.isEmpty, "white space is told out of order")
            check(bytes[space].allSatisfy { " \t\n\r".utf8.contains($0) }, "white space is none")
            packed += bytes[end..<space.lowerBound]
            end = space.upperBound
        }
        packed += bytes[end...]
        check(JSONDocument(packed)?.members == reference, "without its white space the document is another")
    }

    private static func messages(_ body: ByteBuffer, _ reference: [JSONDocument.Member]) {
        let id = reference.first { $0.name == names[0] }
        let message: MessageBody
        do throws(MessageBodyError) {
            message = try MessageBody(parsing: body)
        } catch {
            guard case .invalidID = error else { return check(false, "the scanner alone took it: \(error.detail)") }
            check(!isName(id?.value), "a good id was refused")
            return
        }
        check(id == nil ? message.senderID == nil : isName(id?.value), "a bad id was taken")
        if let senderID = message.senderID {
            check(id?.value == .string(Array(senderID.unicodeScalars)), "the sender's id is another")
        }
        for user in [nil, "ann\r\n\u{0}\""] { stamp(message, user: user, reference) }
        list(body, reference)
    }

    private static func isName(_ value: JSONDocument?) -> Bool {
        guard case .string(let name)? = value else { return false }
        return (1...64).contains(name.count)
            && name.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_".unicodeScalars.contains($0))
            }
    }

    private static func stamp(_ message: MessageBody, user: String?, _ reference: [JSONDocument.Member]) {
        guard let room = Room(room) else { return check(false, "the room is none") }
        let id = message.senderID ?? "made-here"
        let stamped = message.stamped(id: id, room: room, time: time, user: user)
        check(!stamped.readableBytesView.contains { $0 < 0x20 }, "a control character in a stamped message")
        var expected: [JSONDocument.Member] = [
            .init("id", id), .init("room", room.name), .init("time", "2026-11-22T17:21:09.123Z"),
        ]
        if let user { expected.append(.init("user", user)) }
        let taken = expected.map(\.name)
        expected += reference.filter { !taken.contains($0.name) }
        check(JSONDocument(stamped.readableBytesView)?.members == expected, "a stamped message means something else")

        guard let again = try? MessageBody(parsing: stamped) else {
            return check(false, "a stamped message is refused")
        }
        check(again.stamped(id: id, room: room, time: time, user: user) == stamped, "stamped twice it is another")
    }

    private static func list(_ body: ByteBuffer, _ reference: [JSONDocument.Member]) {
        guard let cursor = Cursor("e.1-2") else { return check(false, "the cursor is none") }
        var output = ByteBuffer(string: "[")
        MessageBody.list(body, at: cursor, in: &output)
        let listed = output.readableBytesView.dropFirst()
        let expected = reference.filter { $0.name != names[4] } + [.init("cursor", "e.1-2")]
        check(output.readableBytesView.first == UInt8(ascii: "["), "a listed message goes over what stands before it")
        check(JSONDocument(listed)?.members == expected, "a listed message is another")
    }
}
