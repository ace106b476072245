import NIOCore
import Testing

@testable import ChatGateway

@Suite struct FrameTests {
    @Test func `a message is one data line and an id line that ends the event`() throws {
        let epoch = try #require(Epoch("e1"))
        let position = Position(milliseconds: 1_700_000_000_123, sequence: 4)
        let entry = Entry(position: position, previous: .zero, body: ByteBuffer(string: #"{"a":1}"#))
        let frame = Frame(entry, epoch: epoch, previous: .zero)
        #expect(String(buffer: frame.bytes) == "data: {\"a\":1}\nid: e1.1700000000123-4\n\n")
        #expect(Cursor("e1.1700000000123-4") == Cursor(epoch: epoch, position: position))
    }

    @Test(arguments: [0, 9, 10, 99, 1_000_000, UInt64(1) << 53, .max])
    func `numbers are written in decimal`(number: UInt64) {
        var bytes = ByteBuffer()
        bytes.writeDecimal(number)
        #expect(String(buffer: bytes) == "\(number)")
    }
}
