/// Numbers as people read them.
enum Figure {
    /// `12,345`.
    static func count(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return text
    }

    static func count(_ value: Double) -> String {
        count(Int(value.isFinite ? value.rounded() : 0))
    }

    /// At most three digits after the point, fewer for large numbers, no zeros at the end.
    static func decimal(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        let digits = value.magnitude >= 1000 ? 0 : value.magnitude >= 100 ? 1 : value.magnitude >= 10 ? 2 : 3
        let scale = [1.0, 10, 100, 1000][digits]
        let scaled = Int((value.magnitude * scale).rounded())
        var text = String(scaled / Int(scale))
        let rest = scaled % Int(scale)
        if rest > 0 {
            let padded = String(Int(scale) + rest).dropFirst()
            text += "." + String(padded.reversed().drop { $0 == "0" }.reversed())
        }
        return (value < 0 && scaled > 0 ? "-" : "") + text
    }

    static func milliseconds(_ microseconds: UInt64) -> String {
        microseconds >= 1_000_000
            ? "\(decimal(Double(microseconds) / 1e6)) s" : "\(decimal(Double(microseconds) / 1e3)) ms"
    }
}
