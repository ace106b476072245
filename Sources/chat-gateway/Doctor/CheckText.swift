/// How checks are printed.
enum CheckText {
    /// A check's line, and what there is to say about it.
    static func lines(of check: Check) -> [String] {
        let indent = String(repeating: " ", count: 13)
        var lines = [
            check.outcome.rawValue.padded(to: 13) + check.name.rawValue.padded(to: 15) + check.seen
        ]
        if let meaning = check.meaning { lines += wrapped(meaning, width: 100).map { indent + $0 } }
        if let nginx = check.nginx { lines += nginx.map { "\(indent)    \($0)" } }
        return lines.map { line in
            var shown = ""
            JSONText.appendLine(line, to: &shown)
            return shown
        }
    }

    /// The last line.
    static func summary(of report: DoctorReport) -> String {
        let counts = [(report.problems, "problem"), (report.warnings, "warning")]
            .map { count, what in "\(count == 0 ? "no" : "\(count)") \(what)\(count == 1 ? "" : "s")" }
        return "\(report.url): \(counts.joined(separator: ", "))"
    }

    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + word.count < width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}

extension String {
    /// At least this long, with spaces behind.
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
