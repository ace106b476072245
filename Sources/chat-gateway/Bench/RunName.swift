/// The name of one run: keeps its rooms and messages apart from those of other runs on the same server.
struct RunName: Equatable, Sendable {
    static let size = 6

    let text: String
    /// What every stamp of the run begins with.
    let marker: [UInt8]

    /// Takes a name over; nil unless it is six letters or digits.
    init?(_ text: String) {
        guard text.utf8.count == Self.size, text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
            return nil
        }
        self.init(unchecked: text)
    }

    static func random() -> RunName {
        let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyz")
        return RunName(unchecked: String((0..<size).map { _ in alphabet[Int.random(in: alphabet.indices)] }))
    }

    private init(unchecked text: String) {
        self.text = text
        marker = Array("Bench\(text)n".utf8)
    }
}
