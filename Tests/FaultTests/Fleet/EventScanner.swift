import Foundation

/// Cuts the bytes of a stream into events, more strictly than a browser does: what the gateway never writes is an error.
struct EventScanner {
    /// One event; its parts are good until the scanner's next call.
    struct Event {
        /// Empty for messages.
        var name: UnsafeRawBufferPointer
        var data: UnsafeRawBufferPointer
        var id: UnsafeRawBufferPointer?
        /// Milliseconds.
        var retry: Int?
        /// Whether a line stands there that has no business in an event of the gateway.
        var isMalformed = false
    }

    /// Bytes of an event whose end has not come.
    private var rest: [UInt8] = []

    /// A longer event does not exist: the longest body is 64 KiB.
    static let longest = 128 * 1024

    /// Forgets what a broken connection has left.
    mutating func reset() {
        rest = []
    }

    /// Calls `body` for each event that the bytes complete; false where no event can be found in them.
    mutating func read(_ bytes: UnsafeRawBufferPointer, _ body: (Event) -> Void) -> Bool {
        let used: Int
        if rest.isEmpty {
            used = Self.events(in: bytes, body)
            rest.append(contentsOf: bytes[used...])
        } else {
            rest.append(contentsOf: bytes)
            used = rest.withUnsafeBytes { Self.events(in: $0, body) }
            rest.removeFirst(used)
        }
        return rest.count <= Self.longest
    }

    /// The number of bytes that belong to complete events.
    private static func events(in bytes: UnsafeRawBufferPointer, _ body: (Event) -> Void) -> Int {
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        guard let base = bytes.baseAddress else { return 0 }
        var event = Event(name: none, data: none)
        var isEmpty = true
        var used = 0
        var start = 0
        while start < bytes.count, let found = memchr(base + start, 10, bytes.count - start) {
            let end = UnsafeRawPointer(found) - base
            let lineStart = base + start
            let line = UnsafeRawBufferPointer(start: lineStart, count: end - start)
            start = end + 1
            if line.isEmpty {
                if !isEmpty { body(event) }
                event = Event(name: none, data: none)
                isEmpty = true
                used = start
                continue
            }
            // The `id:` line is the last one of its event.
            if event.id != nil || memchr(lineStart, 13, line.count) != nil { event.isMalformed = true }
            if let value = value(of: line, "data: ") {
                if !event.data.isEmpty { event.isMalformed = true }
                event.data = value
                isEmpty = false
            } else if let value = value(of: line, "id: ") {
                event.id = value
            } else if let value = value(of: line, "event: ") {
                event.name = value
                isEmpty = false
            } else if let value = value(of: line, "retry: "), let number = Int(String(decoding: value, as: UTF8.self)) {
                event.retry = number
                isEmpty = false
            } else if line[0] != UInt8(ascii: ":") {
                event.isMalformed = true
                isEmpty = false
            }
        }
        return used
    }

    private static func value(of line: UnsafeRawBufferPointer, _ field: StaticString) -> UnsafeRawBufferPointer? {
        guard line.count >= field.utf8CodeUnitCount, let base = line.baseAddress,
            memcmp(base, field.utf8Start, field.utf8CodeUnitCount) == 0
        else { return nil }
        return UnsafeRawBufferPointer(rebasing: line[field.utf8CodeUnitCount...])
    }
}
