@testable import ChatGateway

/// A target taken apart gives itself when put together; decoding undoes encoding, and takes what is UTF-8 and nothing
/// else.
enum RequestTargetFuzz {
    static func run(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        taken(apart: text)
        for isQuery in [false, true] {
            decoded(text, isQuery: isQuery)
            let encoded = encoded(text, bytes)
            let again = try? RequestTarget.decoded(Substring(encoded), isQuery: isQuery)
            check(again.map { isSame($0, text) } ?? false, "what was encoded is decoded differently: \(encoded)")
        }
    }

    private static func taken(apart text: String) {
        guard let target = RequestTarget(text) else {
            check(text.utf8.first != UInt8(ascii: "/"), "a path was refused")
            return
        }
        let together = target.path + (target.query.map { "?\($0)" } ?? "")
        if text.utf8.first == UInt8(ascii: "/") {
            check(isSame(together, text), "put together it is \(together)")
        } else {
            // An absolute form: behind scheme and host, where a path may be missing.
            let ends = text.utf8.reversed().starts(with: together.utf8.reversed())
            let endsWithoutPath =
                target.path == "/" && text.utf8.reversed().starts(with: together.utf8.dropFirst().reversed())
            check(ends || endsWithoutPath, "put together it ends in \(together)")
        }
        check(!target.segments.isEmpty, "no segment at all")
        for segment in target.segments {
            check(!segment.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }, "two segments in one")
            room(segment)
        }
        parameters(target)
    }

    private static func room(_ segment: Substring) {
        guard let name = try? RequestTarget.decoded(segment) else { return }
        let isGood =
            (1...128).contains(name.utf8.count) && !name.utf8.contains(UInt8(ascii: "/"))
            && !name.unicodeScalars.contains { $0.value < 0x20 || 0x7F..<0xA0 ~= $0.value }
        check((Room(name) != nil) == isGood, "a room is one and is not")
    }

    private static func parameters(_ target: RequestTarget) {
        let pairs = (target.query ?? "").utf8.split(separator: UInt8(ascii: "&"))
        let expected = pairs.map { pair -> (String, String)? in
            let mark = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            guard let name = reference(pair[..<mark], isQuery: true),
                let value = reference(pair[mark...].dropFirst(), isQuery: true)
            else { return nil }
            return (name, value)
        }
        guard let found = try? target.parameters() else {
            check(expected.contains { $0 == nil }, "a good query was refused")
            return
        }
        check(same(found, expected), "the parameters are others: \(found)")
        let query = found.map { "\(encoded($0.name, []))=\(encoded($0.value, []))" }.joined(separator: "&")
        let again = try? RequestTarget("/?\(query)")?.parameters()
        check(again.map { same($0, found) } ?? false, "encoded again the parameters are others: \(query)")
    }

    private static func same(_ left: [(name: String, value: String)], _ right: [(String, String)?]) -> Bool {
        left.elementsEqual(right) { isSame($0.name, $1?.0 ?? "") && isSame($0.value, $1?.1 ?? "") && $1 != nil }
    }

    private static func decoded(_ text: String, isQuery: Bool) {
        let found = try? RequestTarget.decoded(Substring(text), isQuery: isQuery)
        let expected = reference(text.utf8[...], isQuery: isQuery)
        check((found == nil) == (expected == nil), "decoding says \(found ?? "no"), the reference \(expected ?? "no")")
        check(isSame(found ?? "", expected ?? ""), "decoded differently")
    }

    /// Percent-decoding in the simplest way, with the codec that goes byte by byte as the judge of UTF-8.
    private static func reference(_ text: Substring.UTF8View, isQuery: Bool) -> String? {
        let encoded = Array(text)
        var bytes: [UInt8] = []
        var index = 0
        while index < encoded.count {
            if encoded[index] == UInt8(ascii: "%") {
                let digits = encoded[(index + 1)...].prefix(2).map { Character(Unicode.Scalar($0)) }
                guard digits.count == 2, digits.allSatisfy(\.isHexDigit), let byte = UInt8(String(digits), radix: 16)
                else { return nil }
                bytes.append(byte)
                index += 3
            } else {
                bytes.append(isQuery && encoded[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : encoded[index])
                index += 1
            }
        }
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var result = String.UnicodeScalarView()
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar): result.append(scalar)
            case .emptyInput: return String(result)
            case .error: return nil
            }
        }
    }

    /// Percent-encoding, with digits of either case and some letters more than needed, as `choices` says.
    private static func encoded(_ text: String, _ choices: [UInt8]) -> String {
        var result = ""
        for (index, byte) in text.utf8.enumerated() {
            let choice = choices.isEmpty ? 0 : choices[index % choices.count]
            let scalar = Unicode.Scalar(byte)
            if scalar.isASCII, scalar.properties.isAlphabetic || scalar.properties.numericType != nil, choice & 1 == 0 {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: choice & 2 == 0)
                result += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }

    private static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.elementsEqual(right.utf8)
    }
}
