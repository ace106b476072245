/// Why bytes are not a JSON document that the gateway takes.
package struct JSONError: Error, Hashable {
    /// The rule that was broken.
    enum Reason: Hashable {
        /// The document ends where something is missing.
        case unexpectedEnd
        /// Something else should stand here: what, in the parser's own words, never a peer's.
        case expected(String)
        /// Something stands behind the document's end.
        case trailingBytes
        /// A string holds a control character that is not escaped.
        case controlCharacter
        /// A string is not UTF-8.
        case invalidUTF8
        /// A backslash begins no escape that JSON knows.
        case invalidEscape
        /// A `\u` escape is half of a surrogate pair without its other half.
        case loneSurrogate
        /// Objects and arrays are nested too deeply.
        case tooDeep
        /// An object has two members of one name.
        case duplicateName
    }

    /// The rule that was broken.
    var reason: Reason
    /// Where, counted in bytes from 0.
    var offset: Int

    /// One phrase for the client.
    package var description: String {
        let text =
            switch reason {
            case .unexpectedEnd: "the document ends too early"
            case .expected(let what): "expected \(what)"
            case .trailingBytes: "something stands behind the end of the document"
            case .controlCharacter: "a control character in a string is not escaped"
            case .invalidUTF8: "a string is not valid UTF-8"
            case .invalidEscape: "unknown escape in a string"
            case .loneSurrogate: "an escape stands for half a surrogate pair only"
            case .tooDeep: "nested deeper than \(JSONScanner.maximumDepth)"
            case .duplicateName: "a member name is used twice in one object"
            }
        return "\(text), at byte \(offset)"
    }
}
