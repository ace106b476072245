/// The member names of the objects that a scan is inside of, to find one that is used twice.
///
/// An object of few members compares each pair; a larger one sorts its names by a hash with this process's own seed, so
/// that nobody outside can choose names that collide.
struct JSONNames {
    private struct Name {
        /// Where the name stands, in the document or, with escapes, in `unescaped`.
        var range: Range<Int>
        var hasEscapes: Bool
        /// Where it stands in the document.
        var offset: Int
    }

    /// Members up to which comparing pairs is cheaper than hashing, by estimate of 28 short comparisons.
    private static let pairwiseLimit = 8

    private var names: [Name] = []
    private var unescaped: [UInt8] = []

    /// Names of all objects that have not ended.
    var count: Int { names.count }

    /// Takes the name of another member of the innermost object; `range` is between the quotes.
    mutating func append(_ range: Range<Int>, hasEscapes: Bool, in bytes: Span<UInt8>) {
        guard hasEscapes else {
            names.append(Name(range: range, hasEscapes: false, offset: range.lowerBound - 1))
            return
        }
        let start = unescaped.count
        unescape(range, in: bytes)
        names.append(Name(range: start..<unescaped.count, hasEscapes: true, offset: range.lowerBound - 1))
    }

    /// What the name at an index means to the gateway.
    func known(at index: Int, in bytes: Span<UInt8>) -> JSONMemberName? {
        let name = names[index]
        return name.hasEscapes
            ? JSONMemberName(unescaped.span.extracting(name.range))
            : JSONMemberName(bytes.extracting(name.range))
    }

    /// Forgets the innermost object's names, those from `first` on; gives the offset of one that was used before.
    mutating func endObject(from first: Int, in bytes: Span<UInt8>) -> Int? {
        let repeated =
            names.count - first <= Self.pairwiseLimit
            ? repetitionByPairs(from: first, in: bytes) : repetitionByHash(from: first, in: bytes)
        let firstEscaped = names[first...].first { $0.hasEscapes }
        if let firstEscaped { unescaped.removeSubrange(firstEscaped.range.lowerBound...) }
        names.removeSubrange(first...)
        return repeated
    }

    private func repetitionByPairs(from first: Int, in bytes: Span<UInt8>) -> Int? {
        for later in first..<names.count {
            for earlier in first..<later where areEqual(names[earlier], names[later], in: bytes) {
                return names[later].offset
            }
        }
        return nil
    }

    private func repetitionByHash(from first: Int, in bytes: Span<UInt8>) -> Int? {
        var hashes: [(hash: Int, index: Int)] = []
        hashes.reserveCapacity(names.count - first)
        for index in first..<names.count { hashes.append((hash(names[index], in: bytes), index)) }
        hashes.sort { $0 < $1 }
        for upper in hashes.indices {
            var lower = upper
            while lower > 0, hashes[lower - 1].hash == hashes[upper].hash {
                lower -= 1
                let (earlier, later) = (names[hashes[lower].index], names[hashes[upper].index])
                if areEqual(earlier, later, in: bytes) { return later.offset }
            }
        }
        return nil
    }

    private func hash(_ name: Name, in bytes: Span<UInt8>) -> Int {
        var hasher = Hasher()
        let text = name.hasEscapes ? unescaped.span.extracting(name.range) : bytes.extracting(name.range)
        text.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }

    private func areEqual(_ left: Name, _ right: Name, in bytes: Span<UInt8>) -> Bool {
        guard left.range.count == right.range.count else { return false }
        let leftText = left.hasEscapes ? unescaped.span.extracting(left.range) : bytes.extracting(left.range)
        let rightText = right.hasEscapes ? unescaped.span.extracting(right.range) : bytes.extracting(right.range)
        for index in 0..<leftText.count where leftText[index] != rightText[index] { return false }
        return true
    }

    /// What a scanned string stands for; nil where the value at `range` is no string.
    static func unescaped(stringAt range: Range<Int>, in bytes: Span<UInt8>) -> String? {
        guard range.count >= 2, bytes[range.lowerBound] == UInt8(ascii: "\"") else { return nil }
        var names = JSONNames()
        names.unescape(range.lowerBound + 1..<range.upperBound - 1, in: bytes)
        return String(decoding: names.unescaped, as: UTF8.self)
    }

    /// Appends what a scanned string stands for: every escape in it is known to be one.
    private mutating func unescape(_ range: Range<Int>, in bytes: Span<UInt8>) {
        var offset = range.lowerBound
        while offset < range.upperBound {
            guard bytes[offset] == UInt8(ascii: "\\") else {
                unescaped.append(bytes[offset])
                offset += 1
                continue
            }
            switch bytes[offset + 1] {
            case UInt8(ascii: "b"): unescaped.append(0x08)
            case UInt8(ascii: "f"): unescaped.append(0x0C)
            case UInt8(ascii: "n"): unescaped.append(0x0A)
            case UInt8(ascii: "r"): unescaped.append(0x0D)
            case UInt8(ascii: "t"): unescaped.append(0x09)
            case UInt8(ascii: "u"):
                var code = JSONStringScan.codeUnit(at: offset, bytes) ?? 0xFFFD
                if code >> 10 == 0xD800 >> 10 {
                    offset += 6
                    let low = JSONStringScan.codeUnit(at: offset, bytes) ?? 0xDFFD
                    code = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF)
                }
                unescaped.append(contentsOf: String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
                offset += 4
            default: unescaped.append(bytes[offset + 1])
            }
            offset += 2
        }
    }
}
