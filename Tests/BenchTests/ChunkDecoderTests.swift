import Testing

@testable import chat_gateway

private func decode(_ text: String, cutAt cut: Int) -> (body: String, decoder: ChunkDecoder, unused: Int) {
    var decoder = ChunkDecoder()
    var body: [UInt8] = []
    var unused = 0
    let bytes = Array(text.utf8)
    for piece in [bytes[..<cut], bytes[cut...]] {
        var copy = Array(piece)
        let (size, used) = copy.withUnsafeMutableBytes { decoder.decode($0) }
        body += copy[..<size]
        unused += piece.count - used
    }
    return (String(decoding: body, as: UTF8.self), decoder, unused)
}

@Test("Chunks cut at any byte give the same body")
func chunksCutAtAnyByteGiveTheSameBody() {
    let text = "5\r\nhello\r\n1;name=value\r\n,\r\n00A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nnext"
    for cut in 0...text.utf8.count {
        let (body, decoder, unused) = decode(text, cutAt: cut)
        #expect(body == "hello,0123456789", "cut at byte \(cut)")
        #expect(decoder.hasEnded)
        #expect(unused == 4)
    }
}

@Test("What is not chunk framing is broken", arguments: ["x\r\n", "\r\n", "3\r\nabcd", "FFFFFFFFFFFFFFFFF\r\n"])
func whatIsNotChunkFramingIsBroken(text: String) {
    #expect(decode(text, cutAt: 1).decoder.isBroken)
}
