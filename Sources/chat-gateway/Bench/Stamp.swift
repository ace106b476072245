import Glibc

/// What a test message carries in itself, so that nothing else is needed from the server: the run, a number, and the
/// time at which it was to be sent.
///
/// Written as letters and digits of fixed length, so that no server's encoding changes it.
struct Stamp: Equatable {
    /// Numbers the messages of a run from 0; its remainder by the number of rooms is the room.
    var number: Int
    /// The scheduled time on this machine's monotonic clock, in nanoseconds.
    var scheduled: Int64

    static let numberDigits = 10
    static let timeDigits = 19
    /// Bytes of a stamp: `Bench` + run + `n` + number + `t` + time + `e`.
    static let size = 5 + RunName.size + 1 + numberDigits + 1 + timeDigits + 1

    /// Writes the stamp to the start of `bytes`, which are at least `size`.
    func write(to bytes: UnsafeMutableRawBufferPointer, run: RunName) {
        var at = 0
        for byte in run.marker {
            bytes[at] = byte
            at += 1
        }
        Self.write(UInt64(number), digits: Self.numberDigits, to: bytes, at: at)
        at += Self.numberDigits
        bytes[at] = UInt8(ascii: "t")
        Self.write(UInt64(scheduled), digits: Self.timeDigits, to: bytes, at: at + 1)
        bytes[at + 1 + Self.timeDigits] = UInt8(ascii: "e")
    }

    private static func write(_ value: UInt64, digits: Int, to bytes: UnsafeMutableRawBufferPointer, at start: Int) {
        var rest = value
        for index in stride(from: start + digits - 1, through: start, by: -1) {
            bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}
