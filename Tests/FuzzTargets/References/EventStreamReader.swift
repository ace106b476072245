/// Reads a whole stream as WHATWG HTML has it ("Server-sent events"), but refuses what a browser would pass over.
struct EventStreamReader {
    /// One event, as a browser would dispatch it.
    struct Event: Equatable {
        var type = "message"
        var data: [UInt8] = []
        /// The event's own `id:` line; nil where it has none.
        var id: String?
        var retry: Int?
    }

    /// The events of a stream; nil where it has a line that means nothing, or ends within an event.
    static func events(_ bytes: some Sequence<UInt8>) -> [Event]? {
        var events: [Event] = []
        var event: Event?
        var hasData = false
        var lines = lines(of: Array(bytes))
        guard lines.popLast() == [] else { return nil }
        for line in lines {
            if line.isEmpty {
                if let event {
                    guard hasData else { return nil }
                    events.append(event)
                }
                (event, hasData) = (nil, false)
                continue
            }
            guard line[0] != UInt8(ascii: ":") else { continue }
            // The reader of the rules above strips one space; without a colon the whole line is a name.
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            var value = line[(colon + 1)...]
            if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
            var next = event ?? Event()
            switch String(decoding: line[..<colon], as: UTF8.self) {
            case "data":
                next.data += hasData ? [0x0A] + value : Array(value)
                hasData = true
            case "event": next.type = String(decoding: value, as: UTF8.self)
            case "id":
                guard !value.contains(0), next.id == nil else { return nil }
                next.id = String(decoding: value, as: UTF8.self)
            case "retry":
                guard let number = Int(String(decoding: value, as: UTF8.self)), number >= 0 else { return nil }
                next.retry = number
            default: return nil
            }
            event = next
        }
        return event == nil ? events : nil
    }

    /// What stands between line ends: LF, CR, or both in this order.
    private static func lines(of bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = [[]]
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case 0x0A where index > 0 && bytes[index - 1] == 0x0D: continue
            case 0x0A, 0x0D: lines.append([])
            default: lines[lines.count - 1].append(byte)
            }
        }
        return lines
    }
}
