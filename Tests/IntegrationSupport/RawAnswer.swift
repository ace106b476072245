import NIOCore

/// An HTTP answer as it came over the wire.
public struct RawAnswer: Sendable {
    /// The number in the status line.
    public var status: Int
    /// The lines of the head behind the status line.
    public var fields: [String]
    /// The body, without chunks' marks.
    public var body: String

    /// The value of a header field, nil where there is none; several are joined by commas.
    public subscript(name: String) -> String? {
        let values = fields.compactMap { field -> String? in
            guard let colon = field.firstIndex(of: ":"), field[..<colon].lowercased() == name.lowercased() else {
                return nil
            }
            return String(field[field.index(after: colon)...].drop { $0 == " " })
        }
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// Takes an answer from the front of the bytes; nil while it is incomplete.
    init?(taking bytes: inout ByteBuffer, isHeadOnly: Bool, hasEnded: Bool) throws {
        guard let length = bytes.readableBytesView.length(before: "\r\n\r\n") else { return nil }
        var rest = bytes
        let lines = (rest.readString(length: length) ?? "").split(separator: "\r\n").map(String.init)
        rest.moveReaderIndex(forwardBy: 4)
        guard let line = lines.first, line.hasPrefix("HTTP/1.1 ") || line.hasPrefix("HTTP/1.0 "),
            let status = Int(line.dropFirst(9).prefix(3))
        else {
            throw NoAnswer(text: String(buffer: bytes))
        }
        self.status = status
        fields = Array(lines.dropFirst())
        body = ""
        if !isHeadOnly, status >= 200, status != 204, status != 304 {
            if self["transfer-encoding"] == "chunked" {
                guard let whole = try Self.chunks(&rest) else { return nil }
                body = whole
            } else if let text = self["content-length"] {
                guard let count = Int(text) else { throw NoAnswer(text: text) }
                guard let whole = rest.readString(length: count) else { return nil }
                body = whole
            } else {
                guard hasEnded else { return nil }
                body = rest.readString(length: rest.readableBytes) ?? ""
            }
        }
        bytes = rest
    }

    private static func chunks(_ bytes: inout ByteBuffer) throws -> String? {
        var whole = ""
        while true {
            guard let length = bytes.readableBytesView.length(before: "\r\n") else { return nil }
            let text = bytes.readString(length: length) ?? ""
            guard let count = Int(text, radix: 16) else { throw NoAnswer(text: text) }
            bytes.moveReaderIndex(forwardBy: 2)
            guard let chunk = bytes.readString(length: count), bytes.readString(length: 2) != nil else { return nil }
            whole += chunk
            if count == 0 { return whole }
        }
    }
}

/// What came is no HTTP answer.
public struct NoAnswer: Error, CustomStringConvertible {
    /// What came instead.
    public var text: String

    /// The report of the test.
    public var description: String { "no answer: \(text.prefix(2000))" }
}

extension ByteBufferView {
    /// The number of bytes before a text; nil where it does not occur.
    func length(before text: String) -> Int? {
        let wanted = Array(text.utf8)
        guard count >= wanted.count else { return nil }
        var from = startIndex
        while let found = self[from...].firstIndex(of: wanted[0]) {
            if self[found...].starts(with: wanted) { return found - startIndex }
            from = found + 1
        }
        return nil
    }
}
