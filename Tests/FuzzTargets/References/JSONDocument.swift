/// A JSON value, read by the letter of RFC 8259 and the gateway's stricter rules, without regard to speed.
///
/// Shares nothing with the gateway's scanner: that one goes over bytes, this one over the scalars of a whole text that
/// is known to be UTF-8.
indirect enum JSONDocument: Equatable {
    case object([Member])
    case array([JSONDocument])
    case string([Unicode.Scalar])
    /// The number's text.
    case number([Unicode.Scalar])
    case literal(String)

    struct Member: Equatable {
        var name: [Unicode.Scalar]
        var value: JSONDocument

        init(_ name: [Unicode.Scalar], _ value: JSONDocument) {
            self.name = name
            self.value = value
        }

        init(_ name: String, _ value: String) {
            self.init(Array(name.unicodeScalars), .string(Array(value.unicodeScalars)))
        }
    }

    /// Reads one value and nothing else; nil where there is none.
    init?(_ bytes: some Collection<UInt8>) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var reader = JSONDocumentReader(text)
        guard let value = reader.document() else { return nil }
        self = value
    }

    /// The members of an object.
    var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// The value of a member of an object.
    subscript(name: String) -> JSONDocument? {
        members?.first { $0.name == Array(name.unicodeScalars) }?.value
    }
}
