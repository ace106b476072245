/// The two numbers of a cursor, read as a listener's own test of the order of all rooms.
struct EventID: Hashable, Sendable {
    var milliseconds: UInt64
    var sequence: UInt64

    /// Reads `epoch.milliseconds-sequence`.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var numbers: (UInt64, UInt64) = (0, 0)
        var stage = 0
        for byte in bytes {
            switch (stage, byte) {
            case (0, UInt8(ascii: ".")): stage = 1
            case (0, _): break
            case (1, UInt8(ascii: "-")): stage = 2
            case (1, UInt8(ascii: "0")...UInt8(ascii: "9")):
                numbers.0 = numbers.0 &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
            case (2, UInt8(ascii: "0")...UInt8(ascii: "9")):
                numbers.1 = numbers.1 &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
            default: return nil
            }
        }
        guard stage == 2 else { return nil }
        (milliseconds, sequence) = numbers
    }

    /// Makes an id from its numbers.
    init(milliseconds: UInt64, sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    func isBefore(_ other: EventID) -> Bool {
        (milliseconds, sequence) < (other.milliseconds, other.sequence)
    }
}
