import Testing

@testable import chat_gateway

/// Feeds a stream in pieces, as the listener loop does: what is not consumed stands in front of the next piece.
private func events(_ text: String, cutAt cut: Int) -> [String] {
    let bytes = Array(text.utf8)
    var found: [String] = []
    var carry: [UInt8] = []
    for piece in [bytes[..<cut], bytes[cut...]] {
        carry += piece
        let consumed = carry.withUnsafeBytes { buffer in
            var scanner = EventScanner(buffer)
            while let block = scanner.next() {
                let fields = [block.name, block.data, block.id]
                    .map {
                        String(decoding: buffer[$0], as: UTF8.self)
                    }
                found.append(fields.joined(separator: "|") + "|" + (block.retryMilliseconds.map(String.init) ?? "-"))
            }
            return scanner.consumed
        }
        carry.removeFirst(consumed)
    }
    return found
}

private let stream = """
    : hello\n
    retry: 1500
    id: a.1-0
    event: ready
    data: {"rooms":{}}\n
    data: {"text":"ü data: x"}
    id: a.2-0\n
    :\n
    data:no space
    dataset: not a field
    id\n
    data: last, not complete
    """

private let expected = [
    #"ready|{"rooms":{}}|a.1-0|1500"#, #"|{"text":"ü data: x"}|a.2-0|-"#, "|no space||-",
]

@Test("A stream cut at any byte gives the same events", arguments: ["\n", "\r\n", "\r"])
func streamCutAtAnyByteGivesTheSameEvents(lineEnd: String) {
    let text = stream.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: lineEnd)
    for cut in 0...text.utf8.count {
        #expect(events(text, cutAt: cut) == expected, "cut at byte \(cut)")
    }
}

@Test("Data of several lines reaches from the first line to the last")
func dataOfSeveralLinesReachesFromTheFirstToTheLast() {
    #expect(events("data: a\ndata: b\n\n", cutAt: 3) == ["|a\ndata: b||-"])
}

@Test("A retry that is no number is passed over")
func retryThatIsNoNumberIsPassedOver() {
    #expect(events("retry: 1s\ndata: x\n\nretry: 12345678901\n\n", cutAt: 0) == ["|x||-"])
}

@Test("nchan's greeting, message and ping give one message and a ping without data")
func nchanStreamGivesItsMessages() {
    let stream = ": hi\n\nid: 1795380212:0\ndata: {\"text\":\"x\"}\n\nevent: ping\n\n"
    for cut in 0...stream.utf8.count {
        #expect(events(stream, cutAt: cut) == [#"|{"text":"x"}|1795380212:0|-"#, "ping|||-"], "cut at byte \(cut)")
    }
}
