/// Writes JSON on one line, for log records and for `check-config`.
enum JSONText {
    /// A value of a setting.
    enum Value: Hashable {
        case null
        case integer(Int)
        case string(String)
        case list([String])

        /// The value as JSON.
        var json: String {
            switch self {
            case .null: "null"
            case .integer(let number): String(number)
            case .string(let text): JSONText.quoted(text)
            case .list(let texts): "[" + texts.map(JSONText.quoted).joined(separator: ", ") + "]"
            }
        }

        /// The value as people read it.
        var plain: String {
            if case .string(let text) = self { text } else { json }
        }
    }

    /// A text as a JSON string that is also one line.
    static func quoted(_ text: some StringProtocol) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.append("\\") }
            appendLine(scalar, to: &quoted)
        }
        quoted.append("\"")
        return quoted
    }

    /// Appends a text with all that would end a line, or mean something to a terminal, escaped.
    static func appendLine(_ text: some StringProtocol, to output: inout String) {
        for scalar in text.unicodeScalars { appendLine(scalar, to: &output) }
    }

    private static func appendLine(_ scalar: Unicode.Scalar, to output: inout String) {
        switch scalar {
        case "\n": output.append("\\n")
        case "\r": output.append("\\r")
        case "\t": output.append("\\t")
        case _ where breaksLines(scalar):
            let digits = String(scalar.value, radix: 16)
            output.append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
        default: output.unicodeScalars.append(scalar)
        }
    }

    /// Whether a character is no part of a line: the controls, and Unicode's own separators of lines and paragraphs.
    static func breaksLines(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || scalar == "\u{2028}" || scalar == "\u{2029}"
    }
}
