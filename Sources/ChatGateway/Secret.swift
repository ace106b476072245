/// A text that must not be shown: it appears nowhere but where it is asked for by name.
public struct Secret: Hashable, Sendable {
    /// The text itself.
    public let text: String

    /// Makes a secret.
    public init(_ text: String) {
        self.text = text
    }

    /// Whether a text is this one; takes as long for a near miss as for a wild guess.
    func isSpelt(_ guess: some StringProtocol) -> Bool {
        let own = Array(text.utf8)
        let other = Array(guess.utf8)
        var difference = own.count ^ other.count
        for (index, byte) in other.enumerated() where !own.isEmpty {
            difference |= Int(byte ^ own[index % own.count])
        }
        return difference == 0
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Not the text.
    public var description: String { "(secret)" }
    /// Not the text.
    public var debugDescription: String { description }
    /// Not the text.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
