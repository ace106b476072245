/// A user's name, compared by its bytes as Redis does: texts that merely look alike are two users.
struct UserName: Hashable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    static func == (left: UserName, right: UserName) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
