import Foundation
import NIOCore

/// What one stream has shown so far; all times count from the start of the examination.
struct StreamRecord: Equatable, Sendable {
    /// The most bytes that are read of one stream.
    static let maximumBytes = 16 * 1024 * 1024
    /// The longest event that is read: the longest message that a gateway may be told to take, 1 MiB, and what it adds.
    static let maximumEventBytes = 17 << 16
    /// The longest cursor that is sent back.
    static let maximumCursorBytes = 1024

    /// What the ids of the messages begin with that are looked for.
    let prefix: String

    var head: AnswerHead?
    var ready: Ready?
    var readyAt: Duration?
    /// The cursor of `ready`.
    var cursor: String?
    /// The reasons of gaps.
    var gaps: Set<String> = []
    /// Why the gateway ended the stream, in its own word.
    var bye: String?
    /// When each message came.
    var messages: [String: Duration] = [:]
    var firstByteAt: Duration?
    var lastByteAt: Duration?
    /// The longest time between two pieces that came.
    var longestSilence = Duration.zero
    /// How often something came.
    var pieces = 0
    /// When the stream ended; nil while it is open.
    var endedAt: Duration?
    /// Why it failed; nil where it ended as streams end.
    var failure: RequestFailure?

    private var byteCount = 0
    private var rest: [UInt8] = []

    init(prefix: String = "doctor-") {
        self.prefix = prefix
    }

    /// Whether nothing more is to be expected of the stream's beginning.
    var isSettled: Bool {
        ready != nil || bye != nil || endedAt != nil || head?.isEventStream == false
            || head?.encoding != nil && firstByteAt != nil
    }

    /// Whether it is a stream of a gateway's, or may still become one.
    var isStream: Bool { head?.isEventStream != false && bye == nil && failure == nil }

    /// The head came.
    mutating func opened(_ head: AnswerHead) {
        self.head = head
    }

    /// The connection ended, on the other side.
    mutating func ended(_ failure: RequestFailure?, at now: Duration) {
        endedAt = now
        self.failure = failure
    }

    /// Bytes came; throws where there is no end of them.
    mutating func received(_ bytes: ByteBuffer, at now: Duration) throws(RequestFailure) {
        if let lastByteAt { longestSilence = max(longestSilence, now - lastByteAt) }
        firstByteAt = firstByteAt ?? now
        lastByteAt = now
        pieces += 1
        byteCount += bytes.readableBytes
        guard byteCount <= Self.maximumBytes else { throw .endless }
        guard let head, head.isEventStream, head.encoding == nil else { return }
        rest.append(contentsOf: bytes.readableBytesView)
        let text = rest
        let consumed = text.withUnsafeBytes { bytes in
            var scanner = EventScanner(bytes)
            while let block = scanner.next() {
                let part = { (range: Range<Int>) in
                    String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
                }
                event(part(block.name), data: part(block.data), id: part(block.id), at: now)
            }
            return scanner.consumed
        }
        rest.removeFirst(consumed)
        guard rest.count <= Self.maximumEventBytes else { throw .endless }
    }

    private mutating func event(_ name: String, data: String, id: String, at now: Duration) {
        switch name {
        case "", "message":
            if let id = Self.member("id", of: data), id.hasPrefix(prefix), messages[id] == nil { messages[id] = now }
        case "ready" where ready == nil:
            ready = Ready(data: data)
            readyAt = now
            if id.utf8.count <= Self.maximumCursorBytes, !id.isEmpty, id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
                cursor = id
            }
        case "gap": gaps.insert(Self.member("reason", of: data) ?? "unknown")
        case "bye": bye = Self.member("reason", of: data) ?? "unknown"
        default: break
        }
    }

    private static func member(_ name: String, of data: String) -> String? {
        struct Members: Decodable {
            var id: String?
            var reason: String?
        }
        let members = try? JSONDecoder().decode(Members.self, from: Data(data.utf8))
        return name == "id" ? members?.id : members?.reason
    }
}
