/// A request's target, taken apart: the segments of its path and its query, still percent-encoded.
struct RequestTarget: Hashable, Sendable {
    /// Between the slashes, without the first; `/` has one empty segment.
    let segments: [Substring]
    /// The text behind `?`, where there is one.
    let query: Substring?

    /// Takes a target of any form that HTTP allows but `*` and an authority.
    init?(_ text: String) {
        // By bytes: characters would swallow a slash that a combining one follows.
        var rest = text[...].utf8
        if rest.first != UInt8(ascii: "/") {
            guard let scheme = text.firstRange(of: "://"), scheme.lowerBound > text.startIndex,
                text[..<scheme.lowerBound].allSatisfy(\.isLetter)
            else { return nil }
            rest = rest[scheme.upperBound...]
            rest = rest[(rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex)...]
        }
        let mark = rest.firstIndex(of: UInt8(ascii: "?"))
        segments = Self.parts(rest[..<(mark ?? rest.endIndex)].dropFirst(), UInt8(ascii: "/"))
        query = mark.map { Substring(rest[rest.index(after: $0)...]) }
    }

    /// The path without the query, for log lines.
    var path: String { "/" + segments.joined(separator: "/") }

    /// The query's parameters in order, decoded; throws where a name or value is not valid.
    func parameters() throws(Problem) -> [(name: String, value: String)] {
        var parameters: [(String, String)] = []
        for pair in query.map({ Self.parts($0.utf8, UInt8(ascii: "&")) }) ?? [] where !pair.isEmpty {
            let parts = Self.parts(pair.utf8, UInt8(ascii: "="), maxSplits: 1)
            let name = try Self.decoded(parts[0], isQuery: true)
            parameters.append((name, parts.count > 1 ? try Self.decoded(parts[1], isQuery: true) : ""))
        }
        return parameters
    }

    private static func parts(
        _ text: Substring.UTF8View,
        _ separator: UInt8,
        maxSplits: Int = .max
    ) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        while parts.count < maxSplits, let end = text[start...].firstIndex(of: separator) {
            parts.append(Substring(text[start..<end]))
            start = text.index(after: end)
        }
        parts.append(Substring(text[start...]))
        return parts
    }

    /// Takes percent-encoding away, in a query also `+` for a space; throws where what it stands for is no UTF-8.
    static func decoded(_ text: Substring, isQuery: Bool = false) throws(Problem) -> String {
        let isPlain = { (byte: UInt8) in byte != UInt8(ascii: "%") && !(isQuery && byte == UInt8(ascii: "+")) }
        if text.utf8.allSatisfy(isPlain) { return String(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst()?.hexDigit, let low = rest.popFirst()?.hexDigit else {
                    throw .badRequest("“%” must be followed by two hexadecimal digits")
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where isQuery: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .badRequest("The request target is not UTF-8 after percent-decoding")
        }
        return text
    }
}

extension UInt8 {
    fileprivate var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
