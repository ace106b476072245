import ChatGatewayTesting
import Foundation
import NIOCore
import Testing

@testable import ChatGateway

@Suite struct TimestampTests {
    private func text(_ milliseconds: UInt64) -> String {
        var buffer = ByteBuffer()
        buffer.writeTimestamp(milliseconds)
        return String(buffer: buffer)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"),
        (1, "1970-01-01T00:00:00.001Z"),
        (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (UInt64.max, "9999-12-31T23:59:59.999Z"),
    ])
    func writesTheTimeInUTC(milliseconds: UInt64, expected: String) {
        #expect(text(milliseconds) == expected)
    }

    @Test func agreesWithFoundationOnAnyDay() throws {
        var random = SeededGenerator()
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for _ in 0..<2000 {
            let seconds = UInt64.random(in: 0...253_402_300_799, using: &random)
            let expected = Date(timeIntervalSince1970: Double(seconds)).formatted(style)
            #expect(text(seconds * 1000) == expected, "seed \(random.seed)")
        }
    }
}
