import Testing

@testable import chat_gateway

private func stamped(_ stamp: Stamp, run: RunName, before: String, after: String) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Stamp.size)
    bytes.withUnsafeMutableBytes { stamp.write(to: $0, run: run) }
    return Array(before.utf8) + bytes + Array(after.utf8)
}

@Test("A stamp is found wherever a server puts it")
func stampIsFoundWhereverAServerPutsIt() {
    let run = RunName.random()
    var reader = StampReader(run: run)
    for (number, before) in ["", #"{"id":"Bench","text":""#, "Bench\(run.text)", ""].enumerated() {
        let stamp = Stamp(number: number, scheduled: 1_234_567_890_123 + Int64(number))
        let bytes = stamped(stamp, run: run, before: before, after: #"xx"}"#)
        #expect(bytes.withUnsafeBytes { reader.read($0) } == stamp)
    }
}

@Test("Another run's stamp, half a stamp and digits that do not fit are none")
func whatIsNoStampIsNone() throws {
    let run = try #require(RunName("abc123"))
    let other = try #require(RunName("abc124"))
    var reader = StampReader(run: run)
    let foreign = stamped(Stamp(number: 1, scheduled: 1), run: other, before: "", after: "")
    #expect(foreign.withUnsafeBytes { reader.read($0) } == nil)
    let whole = stamped(Stamp(number: 1, scheduled: 1), run: run, before: "x", after: "")
    #expect(whole[..<(whole.count - 1)].withUnsafeBytes { reader.read($0) } == nil)
    let large = Array("Benchabc123n0000000001t9999999999999999999e".utf8)
    #expect(large.withUnsafeBytes { reader.read($0) } == nil)
}
