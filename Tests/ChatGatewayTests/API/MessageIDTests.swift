import Foundation
import Testing

@testable import ChatGateway

@Suite struct MessageIDTests {
    @Test func makesUUIDsOfVersionSeven() throws {
        let text = MessageID.random(at: 0x0193_5A1B_2C3D)
        let uuid = try #require(UUID(uuidString: text))
        #expect(text == uuid.uuidString.lowercased())
        #expect(text.hasPrefix("01935a1b-2c3d-7"))
        #expect(uuid.uuid.8 & 0xC0 == 0x80)
        #expect(MessageID.isValid(text))
    }

    @Test func makesEachIDOnce() {
        let ids = (0..<10_000).map { _ in MessageID.random(at: 1) }
        #expect(Set(ids).count == ids.count)
        #expect(Set(ids.map { $0.last }).count == 16)
    }

    @Test func sortsByTime() {
        #expect(MessageID.random(at: 1000) < MessageID.random(at: 1001))
        #expect(MessageID.random(at: 0xFFFF_FFFF) < MessageID.random(at: 0x1_0000_0000))
    }
}
