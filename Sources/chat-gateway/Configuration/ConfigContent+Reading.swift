import Configuration

// A layer that knows only text is asked for text, a file for the type that stands in it: both are read here.
extension ConfigContent {
    /// The whole number that it is or spells.
    var integer: Int? {
        switch self {
        case .int(let number): number
        case .string(let text): Int(text)
        default: nil
        }
    }

    /// The text that it is; empty where it is none.
    var text: String {
        if case .string(let text) = self { text } else { "" }
    }

    /// The texts that it lists; none where it is no list.
    var texts: [String] {
        if case .stringArray(let texts) = self { texts } else { [] }
    }

    /// Its text for a complaint: on one line and not too long.
    var quoted: String { JSONText.quoted(String(text.prefix(100))) }
}
