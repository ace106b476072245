/// How names and texts are written in Prometheus's text format.
enum PrometheusText {
    /// A name with nothing in it but letters, digits, `_` and `:`, and no digit in front.
    static func name(_ label: String) -> String {
        let plain = label.unicodeScalars.map { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", ":": Character(scalar)
            default: Character("_")
            }
        }
        let isFit = plain.first.map { !("0"..."9").contains($0) } ?? false
        return (isFit ? "" : "_") + String(plain)
    }

    /// The labels between their braces, without those: the same for the same labels in whatever order.
    static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.map { "\(name($0.0).replacing(":", with: "_"))=\"\(escaped($0.1).replacing("\"", with: "\\\""))\"" }
            .sorted().joined(separator: ",")
    }

    /// A help text on one line.
    static func help(_ text: String) -> String { escaped(text) }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }
}
