import NIOCore

/// A command for Redis: its words one behind the other in one buffer.
struct Command: Hashable, Sendable {
    private(set) var arguments = ByteBuffer()
    private(set) var lengths: [Int] = []

    init() {}

    init(_ words: String...) {
        for word in words { append(word) }
    }

    /// Adds a word.
    mutating func append(_ word: String) {
        lengths.append(arguments.writeString(word))
    }

    /// Adds a number in decimal.
    mutating func append(_ number: some BinaryInteger) {
        append(String(number))
    }

    /// Adds a word of two parts.
    mutating func append(_ front: String, _ back: String) {
        lengths.append(arguments.writeString(front) + arguments.writeString(back))
    }

    /// Adds a word of any bytes.
    mutating func append(_ bytes: ByteBuffer) {
        lengths.append(bytes.readableBytes)
        arguments.writeImmutableBuffer(bytes)
    }
}
