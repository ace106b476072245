import Testing

@testable import chat_gateway

struct DescriptorLimitTests {
    @Test("Streams leave descriptors for everything else")
    func streams() {
        #expect(DescriptorLimit.streams >= 1)
        #expect(DescriptorLimit.streams < DescriptorLimit.maximum)
    }
}
