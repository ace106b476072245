import Testing

@testable import ChatGateway

@Suite struct ClientAddressesTests {
    private func client(
        _ lines: [String],
        peer: String = "10.0.0.1",
        header: ForwardedHeader = .xForwardedFor
    ) throws -> String? {
        let proxies = try ["10.0.0.0/8", "2001:db8:1::/48"].map { try #require(AddressRange($0)) }
        return ClientAddresses(proxies: proxies, header: header)
            .client(peer: ClientAddress(peer)) { $0 == header.rawValue ? lines : ["192.0.2.66"] }?
            .description
    }

    @Test(arguments: [
        (["192.0.2.1"], "192.0.2.1"), (["198.51.100.7, 192.0.2.1"], "192.0.2.1"),
        (["192.0.2.1, 10.0.0.2"], "192.0.2.1"), (["198.51.100.7", "192.0.2.1,10.0.0.2 ,\t10.0.0.3"], "192.0.2.1"),
        (["192.0.2.1:4711"], "192.0.2.1"), (["[2001:db8::1]:4711"], "2001:db8::1"), (["2001:db8::1"], "2001:db8::1"),
        (["10.0.0.9"], "10.0.0.9"), (["10.0.0.9, 10.0.0.8"], "10.0.0.9"), ([], "10.0.0.1"),
        (["nonsense, 192.0.2.1"], "192.0.2.1"), (["2001:db8:1::5, 192.0.2.1, 2001:db8:1::5"], "192.0.2.1"),
    ])
    func `the client is the last hop that is no known proxy`(lines: [String], client: String) throws {
        #expect(try self.client(lines) == client)
    }

    @Test(arguments: [
        "", ",", "192.0.2.1,", "192.0.2.1, unknown", "192.0.2.1, 10.0.0.2, x", "192.0.2.1:", "192.0.2.1:x",
        "192.0.2.1:123456", "[192.0.2.1]", "[2001:db8::1", "2001:db8::1]", "[2001:db8::1]x", "for=192.0.2.1",
        "192.0.2.1 192.0.2.2", "\"192.0.2.1\"", "192.0.2.1\u{0}", "1.2.3.4;5.6.7.8", "٣.3.3.3",
    ])
    func `where a hop cannot be read it is the peer`(line: String) throws {
        #expect(try client([line]) == "10.0.0.1")
    }

    @Test func `whoever is no known proxy is the client, whatever it writes`() throws {
        #expect(try client(["192.0.2.1"], peer: "203.0.113.5") == "203.0.113.5")
        #expect(try client(["10.0.0.2"], peer: "2001:db8::9") == "2001:db8::9")
    }

    @Test func `without proxies nothing is read, and without a peer nobody is there`() {
        let addresses = ClientAddresses(proxies: [], header: .xForwardedFor)
        #expect(addresses.client(peer: ClientAddress("10.0.0.1")) { _ in ["192.0.2.1"] }?.description == "10.0.0.1")
        #expect(addresses.client(peer: nil) { _ in ["192.0.2.1"] } == nil)
    }

    @Test(arguments: [
        (["for=192.0.2.1"], "192.0.2.1"), (["For=\"192.0.2.1:80\";proto=https;by=10.0.0.1"], "192.0.2.1"),
        (["proto=http; for=\"[2001:db8::1]:80\""], "2001:db8::1"), (["for=198.51.100.7, for=192.0.2.1"], "192.0.2.1"),
        (["for=198.51.100.7", "for=192.0.2.1, for=10.0.0.2"], "192.0.2.1"),
        (["for=\"a,b\";x=\"\\\"\", for=192.0.2.1"], "192.0.2.1"), (["for=\"unbalanced", "for=192.0.2.1"], "192.0.2.1"),
    ])
    func `Forwarded is read as RFC 7239 has it`(lines: [String], client: String) throws {
        #expect(try self.client(lines, header: .forwarded) == client)
    }

    @Test(arguments: [
        "", "192.0.2.1", "for", "for=", "for=unknown", "for=_hidden", "for=\"", "for=\"192.0.2.1", "by=192.0.2.1",
        "for=192.0.2.1;for=192.0.2.2", "for=\"2001:db8::1", "for=[192.0.2.1]", "for=\"unbalanced, for=192.0.2.1",
        "for=192.0.2.1,",
    ])
    func `an element of Forwarded that names no address leaves the peer`(line: String) throws {
        #expect(try client([line], header: .forwarded) == "10.0.0.1")
    }

    @Test func `a long list costs no more than reading it`() throws {
        let line = (0..<2_000).map { "10.0.\($0 / 256).\($0 % 256)" }.joined(separator: ",")
        #expect(try client([line]) == "10.0.0.0")
        #expect(try client([String(repeating: ",", count: 16_000)]) == "10.0.0.1")
        #expect(try client([String(repeating: "\"", count: 16_000)], header: .forwarded) == "10.0.0.1")
    }
}
