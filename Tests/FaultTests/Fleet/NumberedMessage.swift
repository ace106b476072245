import Foundation

/// The messages of a run: their id says where each stands in its room.
struct NumberedMessage: Hashable, Sendable {
    var room: Int
    /// 1 for the room's first message.
    var number: Int

    /// The name of a room.
    static func room(_ index: Int) -> String { "room-\(index)" }

    /// The path of a room's messages.
    static func path(_ room: Int) -> String { "/rooms/\(Self.room(room))/messages" }

    /// What is posted; repeated after an error, it is the same message.
    func body(padding: String) -> String {
        #"{"id":"m-\#(room)-\#(number)","padding":"\#(padding)","n":\#(number)}"#
    }

    /// Makes a message.
    init(room: Int, number: Int) {
        self.room = room
        self.number = number
    }

    /// Reads what listeners get; nil where it is not a whole message of a run, from the first byte to the last.
    init?(_ data: UnsafeRawBufferPointer) {
        let start: StaticString = #"{"id":"m-"#
        guard data.count > start.utf8CodeUnitCount, let base = data.baseAddress,
            memcmp(base, start.utf8Start, start.utf8CodeUnitCount) == 0
        else { return nil }
        var index = start.utf8CodeUnitCount
        guard let room = Self.number(data, &index), index < data.count, data[index] == UInt8(ascii: "-") else {
            return nil
        }
        index += 1
        guard let number = Self.number(data, &index), index < data.count, data[index] == UInt8(ascii: "\"") else {
            return nil
        }
        // The body ends with its number too, so that a torn one does not pass.
        var end = data.count - 1
        guard data[end] == UInt8(ascii: "}") else { return nil }
        var rest = number
        while rest > 0 {
            end -= 1
            guard end > index, data[end] == UInt8(ascii: "0") &+ UInt8(rest % 10) else { return nil }
            rest /= 10
        }
        guard data[end - 1] == UInt8(ascii: ":") else { return nil }
        self.init(room: room, number: number)
    }

    private static func number(_ data: UnsafeRawBufferPointer, _ index: inout Int) -> Int? {
        var value = 0
        let start = index
        while index < data.count, index - start < 12, case let digit = data[index], digit >= 48, digit <= 57 {
            value = value * 10 + Int(digit &- 48)
            index += 1
        }
        return index > start ? value : nil
    }
}
