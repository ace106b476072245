import NIOCore
import Testing

@testable import ChatGateway

@Suite struct ClientAddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:DB8::1", "2001:db8::1"), ("::1", "::1"),
        ("0.0.0.0", "0.0.0.0"),
    ])
    func `an address is read and written as people write it`(text: String, written: String) throws {
        let address = try #require(ClientAddress(text))
        #expect(address.description == written)
        #expect(ClientAddress(try SocketAddress(ipAddress: text, port: 7)) == address)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4:80", "[::1]", "fe80::1%lo",
        "unknown",
        "1.2.3.4\u{0}", "::1\u{0}x", "2001:db8::1::2", "gateway", "١.٢.٣.٤", "0x7f.0.0.1", "127.1",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0001",
    ])
    func `what is no address is none`(text: String) {
        #expect(ClientAddress(text) == nil)
    }

    @Test func `a socket of the file system has no address`() throws {
        #expect(ClientAddress(try SocketAddress(unixDomainSocketPath: "/x")) == nil)
        #expect(ClientAddress(SocketAddress?.none) == nil)
    }

    @Test func `limits count IPv4 by address and IPv6 by the block of a client`() {
        #expect(ClientAddress("192.0.2.1")?.counted != ClientAddress("192.0.2.2")?.counted)
        #expect(ClientAddress("2001:db8:0:1::1")?.counted == ClientAddress("2001:db8:0:1:ffff::2")?.counted)
        #expect(ClientAddress("2001:db8:0:1::1")?.counted != ClientAddress("2001:db8:0:2::1")?.counted)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("128.0.0.1", false),
        ("0.0.0.0", false), ("::", false), ("2001:db8::1", false),
    ])
    func `loopback is what only this machine has`(text: String, isLoopback: Bool) {
        #expect(ClientAddress(text)?.isLoopback == isLoopback)
    }
}
