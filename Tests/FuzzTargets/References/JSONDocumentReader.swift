/// Reads a ``JSONDocument``.
struct JSONDocumentReader {
    private static let maximumDepth = 64

    private let scalars: [Unicode.Scalar]
    private var index = 0

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    /// The whole text as one value.
    mutating func document() -> JSONDocument? {
        skipSpaces()
        guard let value = value(depth: 0) else { return nil }
        skipSpaces()
        return index == scalars.count ? value : nil
    }

    private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        index += 1
        return true
    }

    private mutating func skipSpaces() {
        while let scalar = next, " \t\n\r".unicodeScalars.contains(scalar) { index += 1 }
    }

    private mutating func value(depth: Int) -> JSONDocument? {
        switch next {
        case "{": return object(depth: depth + 1)
        case "[": return array(depth: depth + 1)
        case "\"": return string().map { .string($0) }
        case "t": return literal("true")
        case "f": return literal("false")
        case "n": return literal("null")
        default: return number()
        }
    }

    private mutating func literal(_ text: String) -> JSONDocument? {
        for scalar in text.unicodeScalars where !take(scalar) { return nil }
        return .literal(text)
    }

    private mutating func object(depth: Int) -> JSONDocument? {
        guard depth <= Self.maximumDepth, take("{") else { return nil }
        var members: [JSONDocument.Member] = []
        var names: Set<[Unicode.Scalar]> = []
        skipSpaces()
        if take("}") { return .object([]) }
        repeat {
            skipSpaces()
            guard let name = string(), names.insert(name).inserted else { return nil }
            skipSpaces()
            guard take(":") else { return nil }
            skipSpaces()
            guard let value = value(depth: depth) else { return nil }
            members.append(JSONDocument.Member(name, value))
            skipSpaces()
        } while take(",")
        return take("}") ? .object(members) : nil
    }

    private mutating func array(depth: Int) -> JSONDocument? {
        guard depth <= Self.maximumDepth, take("[") else { return nil }
        var values: [JSONDocument] = []
        skipSpaces()
        if take("]") { return .array([]) }
        repeat {
            skipSpaces()
            guard let value = value(depth: depth) else { return nil }
            values.append(value)
            skipSpaces()
        } while take(",")
        return take("]") ? .array(values) : nil
    }

    private mutating func digits() -> Bool {
        let start = index
        while let scalar = next, ("0"..."9").contains(scalar) { index += 1 }
        return index > start
    }

    private mutating func number() -> JSONDocument? {
        let start = index
        _ = take("-")
        if !take("0"), !digits() { return nil }
        if take("."), !digits() { return nil }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard digits() else { return nil }
        }
        return .number(Array(scalars[start..<index]))
    }

    private mutating func string() -> [Unicode.Scalar]? {
        guard take("\"") else { return nil }
        var text: [Unicode.Scalar] = []
        while let scalar = next {
            index += 1
            switch scalar {
            case "\"": return text
            case "\\":
                guard let escaped = escape() else { return nil }
                text.append(escaped)
            case "\u{0}"..<"\u{20}": return nil
            default: text.append(scalar)
            }
        }
        return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
        guard let scalar = next else { return nil }
        index += 1
        switch scalar {
        case "\"", "\\", "/": return scalar
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u":
            guard let high = codeUnit() else { return nil }
            if let scalar = Unicode.Scalar(high) { return scalar }
            guard (0xD800..<0xDC00).contains(high), take("\\"), take("u"), let low = codeUnit(),
                (0xDC00..<0xE000).contains(low)
            else { return nil }
            return Unicode.Scalar(0x10000 + (UInt32(high) - 0xD800) * 0x400 + UInt32(low) - 0xDC00)
        default: return nil
        }
    }

    private mutating func codeUnit() -> UInt16? {
        guard index + 4 <= scalars.count else { return nil }
        let digits = scalars[index..<index + 4]
            .compactMap { $0.properties.isASCIIHexDigit ? Character($0).hexDigitValue : nil }
        guard digits.count == 4 else { return nil }
        index += 4
        return digits.reduce(0) { $0 << 4 | UInt16($1) }
    }
}
