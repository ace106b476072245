import Testing

@testable import ChatGateway

@Suite struct AddressRangeTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.0.0.7/8", "10.1.1.1", true),
        ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false), ("192.0.2.0/31", "192.0.2.1", true),
        ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "192.0.2.1", true),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false),
        ("2001:db8::/64", "2001:db8::ffff:0:0:1", true), ("2001:db8::/65", "2001:db8::8000:0:0:1", false),
        ("::1/128", "::1", true), ("10.0.0.0/8", "::ffff:10.1.2.3", true),
    ])
    func `a block has the addresses that share its first bits`(block: String, address: String, isIn: Bool) throws {
        let range = try #require(AddressRange(block))
        #expect(range.contains(try #require(ClientAddress(address))) == isIn)
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.0/0x8",
        "10.0.0/8", "::/129", "10.0.0.0/1000", "10.0.0.0 /8", "*", "private",
    ])
    func `what is no block is none`(text: String) {
        #expect(AddressRange(text) == nil)
    }
}
