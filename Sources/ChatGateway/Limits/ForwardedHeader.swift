/// The header field in which proxies tell whose request they pass on.
///
/// Only one is read: a proxy keeps the one that it knows true, and may pass the other on as a client has forged it.
public enum ForwardedHeader: String, CaseIterable, Sendable {
    /// `X-Forwarded-For`, a list of addresses.
    case xForwardedFor = "x-forwarded-for"
    /// `Forwarded`, as RFC 7239 has it.
    case forwarded
}

extension ForwardedHeader {
    /// The hops that a field's line names, the nearest first; nil for one that cannot be read.
    func hops(in line: String) -> [ClientAddress?] {
        switch self {
        case .xForwardedFor:
            line.split(separator: ",", omittingEmptySubsequences: false).reversed().map { Self.node(Self.trimmed($0)) }
        case .forwarded:
            Self.split(line[...], at: ",").reversed().map(Self.element)
        }
    }

    /// The `for` of an element of `Forwarded`.
    private static func element(_ text: Substring) -> ClientAddress? {
        var found: ClientAddress?
        for pair in split(text, at: ";") {
            let pair = trimmed(pair)
            guard let equals = pair.firstIndex(of: "=") else { return nil }
            guard pair[..<equals].lowercased() == "for" else { continue }
            guard found == nil else { return nil }
            var value = pair[pair.index(after: equals)...]
            if value.hasPrefix("\"") {
                guard value.count >= 2, value.hasSuffix("\"") else { return nil }
                value = value.dropFirst().dropLast()
            }
            found = node(value)
            if found == nil { return nil }
        }
        return found
    }

    /// An address with or without a port, IPv6 in brackets where there is one.
    private static func node(_ text: Substring) -> ClientAddress? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let port = text[text.index(after: end)...]
            guard port.isEmpty || port.hasPrefix(":") && isPort(port.dropFirst()) else { return nil }
            let address = text[text.index(after: text.startIndex)..<end]
            return address.contains(":") ? ClientAddress(address) : nil
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return ClientAddress(text) }
        return isPort(parts[1]) ? ClientAddress(parts[0]) : nil
    }

    private static func isPort(_ text: Substring) -> Bool {
        (1...5).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }

    /// Splits outside of quotes.
    private static func split(_ text: Substring, at separator: Character) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in text.indices {
            let character = text[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if !isQuoted, character == separator {
                parts.append(text[start..<index])
                start = text.index(after: index)
            }
        }
        parts.append(text[start...])
        return parts
    }
}
