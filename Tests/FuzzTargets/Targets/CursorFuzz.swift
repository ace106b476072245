@testable import ChatGateway
@testable import ChatGatewayRedis

/// What is taken is written again as it was, and what is written is taken.
enum CursorFuzz {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    static func run(_ bytes: [UInt8]) {
        read(String(decoding: bytes, as: UTF8.self))
        var input = FuzzInput(bytes)
        written(&input)
    }

    private static func read(_ text: String) {
        // Where a text stands in a longer one must not matter.
        let part = "1\(text)-1".utf8.dropFirst().dropLast(2)
        if let cursor = Cursor(text) {
            check(isSame(cursor.description, text), "a cursor is written differently: \(cursor)")
            check(text.utf8.count <= 80 && text.utf8.allSatisfy { 0x21...0x7E ~= $0 }, "a cursor of strange bytes")
            check(cursor.position <= Position(milliseconds: 1 << 53, sequence: 1 << 53), "a position beyond all")
        }
        check(Cursor(Substring(part)) == Cursor(text), "a part is read differently")
        if let position = Position(text) {
            check(isSame(position.description, text), "a position is written differently: \(position)")
            check(position.preceding < position || position == .zero, "nothing precedes \(position)")
            check(position < position.following, "nothing follows \(position)")
            check(position < position.next(now: position.milliseconds), "time stands still at \(position)")
        }
        if let previous = Previous(Array(text.utf8).span) {
            let mark = previous.isBound ? "~" : ""
            check(isSame(mark + previous.position.description, text), "what is before is written differently")
        }
        if let epoch = Epoch(text) {
            check(isSame(epoch.name, text) && (1...32).contains(text.utf8.count), "an epoch is another")
            check(text.utf8.allSatisfy { alphabet.contains($0) }, "an epoch of strange characters")
        }
    }

    private static func written(_ input: inout FuzzInput) {
        let (milliseconds, sequence) = (input.number() % (1 << 53 + 1), input.number() % (1 << 53 + 1))
        let name = input.bytes(32).map { alphabet[Int($0) % alphabet.count] }
        let epoch = Epoch(String(decoding: name, as: UTF8.self))
        check((epoch == nil) == name.isEmpty, "a good epoch was refused")
        guard let epoch else { return }
        let cursor = Cursor(epoch: epoch, position: Position(milliseconds: milliseconds, sequence: sequence))
        check(Cursor(cursor.description) == cursor, "what was written is not taken: \(cursor)")
        check(
            Previous(Array("~\(cursor.position)".utf8).span)?.position == cursor.position,
            "a bound that was written is not taken"
        )
    }

    /// Strings are equal when they look alike.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.elementsEqual(right.utf8)
    }
}
