import NIOCore

/// One block of a stream as it came over the wire: the lines up to an empty one.
public struct RawEvent: Sendable, Hashable {
    /// The lines, without the empty one.
    public var lines: [String]

    /// The value of a field; nil where there is none.
    ///
    /// Only the first; a gateway's events have each field once.
    public subscript(name: String) -> String? {
        lines.first { $0.hasPrefix("\(name): ") }.map { String($0.dropFirst(name.utf8.count + 2)) }
    }

    /// The names of the fields in their order.
    public var names: [String] { lines.map { String($0.prefix { $0 != ":" }) } }

    /// The name of the event; `message` where it has none.
    public var event: String { self["event"] ?? "message" }

    /// The data of the event.
    public var data: String { self["data"] ?? "" }

    /// The cursor that the event carries.
    public var id: String? { self["id"] }

    /// Whether it is just a sign of life.
    public var isComment: Bool { lines.allSatisfy { $0.hasPrefix(":") } }

    /// Takes a block from the front of the bytes; nil while it is incomplete.
    init?(taking bytes: inout ByteBuffer) {
        guard let length = bytes.readableBytesView.length(before: "\n\n"),
            let text = bytes.readString(length: length)
        else { return nil }
        bytes.moveReaderIndex(forwardBy: 2)
        lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
    }
}
