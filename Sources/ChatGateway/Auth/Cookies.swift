/// The cookies of a request, as RFC 6265 has user agents write them.
struct Cookies {
    private let fields: [String]

    /// - Parameter fields: The values of the fields `Cookie`.
    init(_ fields: [String]) {
        self.fields = fields
    }

    /// The value of the first cookie of a name; browsers put that of the longest path first.
    subscript(name: String) -> String? {
        for field in fields {
            for pair in field.split(separator: ";") {
                let pair = pair.drop { $0 == " " || $0 == "\t" }
                guard let mark = pair.firstIndex(of: "="), pair[..<mark] == name else { continue }
                return String(pair[pair.index(after: mark)...].prefix { $0 != " " && $0 != "\t" })
            }
        }
        return nil
    }
}
