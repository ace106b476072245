/// One pass over a JSON document that says whether it is one, and where its outer members and its white space stand.
///
/// Takes what RFC 8259 allows, less four things on which readers disagree: names used twice in one object (compared
/// after unescaping), escapes of lone surrogates, a byte order mark, and nesting beyond ``maximumDepth``.
/// Nothing is copied but names with escapes. The time is that of the bytes, times the logarithm of the number of names.
package struct JSONScanner {
    /// How deep objects and arrays may be nested; the outermost counts as 1.
    static let maximumDepth = 64

    /// A member of the outermost object.
    struct Member: Hashable {
        /// What the member is called.
        var name: JSONMemberName
        /// From the separating comma, or from behind the brace, to the next comma or the closing brace.
        var whole: Range<Int>
        /// The value alone.
        var value: Range<Int>
    }

    /// The members of the outermost object whose names mean something to the gateway, in order.
    private(set) var members: [Member] = []
    /// Where white space stands outside strings, in order.
    private(set) var spaces: [Range<Int>] = []
    /// What stands between the braces of the outermost object.
    private(set) var content = 0..<0
    private var offset = 0
    private var names = JSONNames()

    /// Makes a scanner for one document.
    package init() {}

    /// Reads a document that is an object and nothing else.
    package mutating func scanObjectDocument(_ bytes: Span<UInt8>) throws(JSONError) {
        skipSpaces(bytes)
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "{") else {
            throw JSONError(reason: .expected("an object"), offset: offset)
        }
        let start = offset + 1
        try scanObject(bytes, depth: 1)
        content = start..<(offset - 1)
        skipSpaces(bytes)
        guard offset == bytes.count else { throw JSONError(reason: .trailingBytes, offset: offset) }
    }

    private mutating func scanValue(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
        guard offset < bytes.count else { throw JSONError(reason: .unexpectedEnd, offset: offset) }
        switch bytes[offset] {
        case UInt8(ascii: "\""): _ = try scanString(bytes)
        case UInt8(ascii: "{"): try scanObject(bytes, depth: depth + 1)
        case UInt8(ascii: "["): try scanArray(bytes, depth: depth + 1)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try scanNumber(bytes)
        case UInt8(ascii: "t"): try scanLiteral("true", bytes)
        case UInt8(ascii: "f"): try scanLiteral("false", bytes)
        case UInt8(ascii: "n"): try scanLiteral("null", bytes)
        default: throw JSONError(reason: .expected("a value"), offset: offset)
        }
    }

    private mutating func scanObject(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
        guard depth <= Self.maximumDepth else { throw JSONError(reason: .tooDeep, offset: offset) }
        offset += 1
        var start = offset
        skipSpaces(bytes)
        if try next(is: UInt8(ascii: "}"), bytes) { return }
        let firstName = names.count
        while true {
            guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else {
                throw offset < bytes.count
                    ? JSONError(reason: .expected("a member name in double quotes"), offset: offset)
                    : JSONError(reason: .unexpectedEnd, offset: offset)
            }
            let nameStart = offset
            let hasEscapes = try scanString(bytes)
            names.append(nameStart + 1..<offset - 1, hasEscapes: hasEscapes, in: bytes)
            let name = depth == 1 ? names.known(at: names.count - 1, in: bytes) : nil
            skipSpaces(bytes)
            guard try next(is: UInt8(ascii: ":"), bytes) else {
                throw JSONError(reason: .expected("':' behind a member name"), offset: offset)
            }
            skipSpaces(bytes)
            let valueStart = offset
            try scanValue(bytes, depth: depth)
            let value = valueStart..<offset
            skipSpaces(bytes)
            if let name { members.append(Member(name: name, whole: start..<offset, value: value)) }
            start = offset
            if try next(is: UInt8(ascii: "}"), bytes) { break }
            guard try next(is: UInt8(ascii: ","), bytes) else {
                throw JSONError(reason: .expected("',' or '}'"), offset: offset)
            }
            skipSpaces(bytes)
        }
        if let repeated = names.endObject(from: firstName, in: bytes) {
            throw JSONError(reason: .duplicateName, offset: repeated)
        }
    }

    private mutating func scanArray(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
        guard depth <= Self.maximumDepth else { throw JSONError(reason: .tooDeep, offset: offset) }
        offset += 1
        skipSpaces(bytes)
        if try next(is: UInt8(ascii: "]"), bytes) { return }
        while true {
            try scanValue(bytes, depth: depth)
            skipSpaces(bytes)
            if try next(is: UInt8(ascii: "]"), bytes) { return }
            guard try next(is: UInt8(ascii: ","), bytes) else {
                throw JSONError(reason: .expected("',' or ']'"), offset: offset)
            }
            skipSpaces(bytes)
        }
    }

    /// Steps over one byte if it is the wanted one.
    private mutating func next(is wanted: UInt8, _ bytes: Span<UInt8>) throws(JSONError) -> Bool {
        guard offset < bytes.count else { throw JSONError(reason: .unexpectedEnd, offset: offset) }
        guard bytes[offset] == wanted else { return false }
        offset += 1
        return true
    }

    private mutating func skipSpaces(_ bytes: Span<UInt8>) {
        let start = offset
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default:
                if offset > start { spaces.append(start..<offset) }
                return
            }
        }
        if offset > start { spaces.append(start..<offset) }
    }

    private mutating func scanLiteral(_ literal: StaticString, _ bytes: Span<UInt8>) throws(JSONError) {
        let start = offset
        for index in 0..<literal.utf8CodeUnitCount {
            guard offset < bytes.count, bytes[offset] == literal.utf8Start[index] else {
                throw JSONError(reason: .expected("a value"), offset: start)
            }
            offset += 1
        }
    }

    private mutating func scanNumber(_ bytes: Span<UInt8>) throws(JSONError) {
        if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "0") {
            offset += 1
        } else {
            try scanDigits(bytes)
        }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            try scanDigits(bytes)
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") {
                offset += 1
            }
            try scanDigits(bytes)
        }
    }

    private mutating func scanDigits(_ bytes: Span<UInt8>) throws(JSONError) {
        let start = offset
        while offset < bytes.count, bytes[offset] &- UInt8(ascii: "0") <= 9 { offset += 1 }
        if offset == start { throw JSONError(reason: .expected("a digit"), offset: offset) }
    }

    /// Steps over a string, the quotes included, and says whether it has escapes.
    private mutating func scanString(_ bytes: Span<UInt8>) throws(JSONError) -> Bool {
        var scan = JSONStringScan(offset: offset)
        try scan.run(bytes)
        offset = scan.offset
        return scan.hasEscapes
    }
}
