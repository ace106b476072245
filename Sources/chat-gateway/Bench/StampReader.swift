import Glibc

/// Finds a run's stamps in messages, wherever a server puts the payload.
struct StampReader {
    private let marker: [UInt8]
    /// Where the last stamp stood in its message: it is nearly always there again.
    private var usualOffset = 0

    init(run: RunName) {
        marker = run.marker
    }

    mutating func read(_ data: UnsafeRawBufferPointer) -> Stamp? {
        guard data.count >= Stamp.size, let base = data.baseAddress else { return nil }
        if usualOffset + Stamp.size > data.count || memcmp(base + usualOffset, marker, marker.count) != 0 {
            guard let found = data.firstOffset(of: marker) else { return nil }
            usualOffset = found
        }
        guard usualOffset + Stamp.size <= data.count else { return nil }
        let time = usualOffset + marker.count + Stamp.numberDigits + 1
        guard let number = Self.number(data, at: usualOffset + marker.count, digits: Stamp.numberDigits),
            let scheduled = Self.number(data, at: time, digits: Stamp.timeDigits),
            data[time - 1] == UInt8(ascii: "t"), data[time + Stamp.timeDigits] == UInt8(ascii: "e")
        else { return nil }
        return Stamp(number: number, scheduled: Int64(scheduled))
    }

    private static func number(_ data: UnsafeRawBufferPointer, at start: Int, digits: Int) -> Int? {
        var value = 0
        for index in start..<start + digits {
            let digit = data[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int(digit)
        }
        // 19 nines do not fit; a peer may send them.
        return value < 0 ? nil : value
    }
}
