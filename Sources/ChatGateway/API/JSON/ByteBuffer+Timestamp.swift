import NIOCore

extension ByteBuffer {
    /// Writes a time as RFC 3339 has it, in UTC with milliseconds: `2026-11-22T17:21:09.123Z`, always 24 bytes.
    /// - Parameter milliseconds: Since 1970; a time behind the year 9999 is written as the last moment of it.
    mutating func writeTimestamp(_ milliseconds: UInt64) {
        let time = Int(min(milliseconds, 253_402_300_799_999))
        let (days, rest) = time.quotientAndRemainder(dividingBy: 86_400_000)
        let (year, month, day) = Self.civilDate(daysSince1970: days)
        writeStaticString("0000-00-00T00:00:00.000Z")
        withUnsafeMutableReadableBytes { bytes in
            let text = UnsafeMutableRawBufferPointer(rebasing: bytes.suffix(24))
            Self.put(year, in: text[0..<4])
            Self.put(month, in: text[5..<7])
            Self.put(day, in: text[8..<10])
            Self.put(rest / 3_600_000, in: text[11..<13])
            Self.put(rest / 60_000 % 60, in: text[14..<16])
            Self.put(rest / 1000 % 60, in: text[17..<19])
            Self.put(rest % 1000, in: text[20..<23])
        }
    }

    private static func put(_ value: Int, in digits: Slice<UnsafeMutableRawBufferPointer>) {
        var (rest, digits) = (value, digits)
        for index in digits.indices.reversed() {
            digits[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }

    // Counted in years that begin in March, so that the leap day is a year's last; 146,097 days are 400 years.
    private static func civilDate(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let (era, dayOfEra) = (days + 719_468).quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }
}
