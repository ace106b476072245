import ChatGatewayTesting
import Foundation
import NIOCore
import Testing

@testable import ChatGateway

/// Random documents, judged by Foundation's parser.
@Suite struct JSONPropertyTests {
    private static let snippets = [
        "a", "id", "room", "time", "user", "cursor", "\\u0069d", "é", "\\u00e9", "聊", "😀", "\\uD83D\\uDE00", "\\n",
        "\\\"", "\\\\",
        "\\/", "\u{2028}", "\u{7F}", " ", "12345678", "{", "}", ",", ":", "data:", "\\u0000",
    ]
    private static let numbers = ["0", "-0", "1", "-17", "1.10", "0.5e3", "12e-4", "9E+2", "123456789012"]

    private static func space(_ random: inout SeededGenerator) -> String {
        ["", "", "", " ", "\n", "\t\r "].randomElement(using: &random) ?? ""
    }

    private static func string(_ random: inout SeededGenerator) -> String {
        let parts = (0..<Int.random(in: 0...4, using: &random))
            .map { _ in snippets.randomElement(using: &random) ?? "" }
        return "\"\(parts.joined())\""
    }

    private static func value(_ random: inout SeededGenerator, depth: Int) -> String {
        switch Int.random(in: 0..<(depth > 4 ? 3 : 6), using: &random) {
        case 0: return string(&random)
        case 1: return numbers.randomElement(using: &random) ?? "0"
        case 2: return ["true", "false", "null"].randomElement(using: &random) ?? "null"
        case 3:
            let count = Int.random(in: 0...4, using: &random)
            let items = (0..<count).map { _ in space(&random) + value(&random, depth: depth + 1) + space(&random) }
            return "[\(items.isEmpty ? space(&random) : items.joined(separator: ","))]"
        default: return object(&random, depth: depth + 1)
        }
    }

    /// An object whose names differ, because each begins with its number.
    private static func object(_ random: inout SeededGenerator, depth: Int = 1) -> String {
        let count = Int.random(in: 0...(depth == 1 ? 12 : 4), using: &random)
        var names = Set<String>()
        var members: [String] = []
        for index in 0..<count {
            let plain = ["user", "room", "time", "cursor"].randomElement(using: &random) ?? ""
            let name =
                Bool.random(using: &random) && names.insert(plain).inserted
                ? "\"\(plain)\"" : "\"\(index)\(string(&random).dropFirst())"
            members.append(
                space(&random) + name + space(&random) + ":" + space(&random) + value(&random, depth: depth)
                    + space(&random)
            )
        }
        return "{\(members.isEmpty ? space(&random) : members.joined(separator: ","))}"
    }

    private func judge(_ bytes: [UInt8]) -> [String: Any]? {
        // Foundation guesses UTF-16 and UTF-32 from zeros, which no UTF-8 document of ours may hold.
        guard !bytes.contains(0) else { return nil }
        return (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any]
    }

    private func canonical(_ object: [String: Any]?) throws -> Data {
        try JSONSerialization.data(withJSONObject: #require(object), options: .sortedKeys)
    }

    @Test func stampingKeepsTheMeaningOfRandomMessages() throws {
        var random = SeededGenerator()
        let room = try #require(Room("the \"room\""))
        for _ in 0..<1000 {
            let document = Self.object(&random)
            let seed = random.seed
            func source() -> Comment { "seed \(seed): \(document)" }
            var expected = try #require(judge(Array(document.utf8)), source())
            expected.merge(["id": "i", "room": room.name, "time": "1970-01-01T00:00:00.000Z", "user": "ann"]) { $1 }
            let message = try MessageBody(parsing: ByteBuffer(string: document))
            let stamped = Array(message.stamped(id: "i", room: room, time: 0, user: "ann").readableBytesView)
            #expect(try canonical(judge(stamped)) == canonical(expected), source())
            #expect(!stamped.contains(UInt8(ascii: "\n")) && !stamped.contains(UInt8(ascii: "\r")), source())
            let again = try MessageBody(parsing: ByteBuffer(bytes: stamped))
            let twice = Array(again.stamped(id: "i", room: room, time: 0, user: "ann").readableBytesView)
            #expect(twice == stamped, source())
        }
    }

    @Test func agreesWithFoundationOnDamagedDocuments() throws {
        var random = SeededGenerator()
        var taken = 0
        var refused = 0
        let marks = Array("{}[]\",:\\u0123456789abcdefeE+-. \ntrunl".utf8)
        for _ in 0..<10_000 {
            var bytes = Array(Self.object(&random).utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0 where index < bytes.count: bytes.remove(at: index)
                case 1 where index < bytes.count: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 2: bytes.removeSubrange(index...)
                default: bytes.insert(marks.randomElement(using: &random) ?? 0, at: index)
                }
            }
            let seed = random.seed
            func source() -> Comment { "seed \(seed): \(String(decoding: bytes, as: UTF8.self)) \(bytes)" }
            do throws(MessageBodyError) {
                _ = try MessageBody(parsing: ByteBuffer(bytes: bytes))
                taken += 1
                if !hasHugeNumber(bytes) { #expect(judge(bytes) != nil, source()) }
            } catch {
                refused += 1
                switch error {
                // Stricter than RFC 8259 on purpose; and the rule for `id` is no rule of JSON.
                case .invalidID: break
                case .json(let error) where error.reason == .duplicateName || error.reason == .loneSurrogate: break
                case .json(let error) where isTrailingComma(before: error.offset, in: bytes): break
                case .json: #expect(judge(bytes) == nil, source())
                }
            }
        }
        #expect(taken > 500 && refused > 500, "seed \(random.seed): \(taken) taken, \(refused) refused")
    }

    /// Whether a bracket stands behind a comma, which Foundation takes and RFC 8259 does not.
    private func isTrailingComma(before offset: Int, in bytes: [UInt8]) -> Bool {
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "}") || bytes[offset] == UInt8(ascii: "]") else {
            return false
        }
        return bytes[..<offset].last { !" \n\t\r".utf8.contains($0) } == UInt8(ascii: ",")
    }

    /// Whether a number may be beyond what Foundation's types hold, which it refuses.
    private func hasHugeNumber(_ bytes: [UInt8]) -> Bool {
        var digits = 0
        for byte in bytes {
            digits = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? digits + 1 : 0
            if digits >= 3, bytes.contains(UInt8(ascii: "e")) || bytes.contains(UInt8(ascii: "E")) { return true }
        }
        return false
    }
}
